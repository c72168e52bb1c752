//! Scenes, and variables of the home.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use rules::face;
use rules::machine::{Order, SCENE, SceneView, VARIABLE};
use rules::problem::Problem as RuleProblem;

use super::rule::{bad, order, put};
use crate::body::{At, Body};
use crate::dto::{
    Apply, Assign, Capture, Declaration, Finding, Given, Kept, Scene, Scenes, Started, Stored,
    Variable, Variables,
};
use crate::guard::Who;
use crate::problem::{Kind, Problem};
use crate::state::Api;

/// All scenes.
#[utoipa::path(get, path = "/api/v1/scenes", responses((status = 200, body = Scenes)))]
pub(crate) async fn list(State(api): State<Api>, Who(who): Who) -> Result<Json<Scenes>, Problem> {
    let scenes = api.rules().scenes(&who).await?;
    Ok(Json(Scenes {
        scenes: scenes.iter().map(told).collect(),
    }))
}

/// Adds a scene, or replaces one. It must be free of errors.
#[utoipa::path(
    post,
    path = "/api/v1/scenes",
    request_body = Given,
    responses((status = 201, body = Kept))
)]
pub(crate) async fn add(
    State(api): State<Api>,
    Who(who): Who,
    Body(given): Body<Given>,
) -> Result<(StatusCode, Json<Kept>), Problem> {
    let read = match (&given.text, &given.json) {
        (Some(text), None) => face::scene_from_text(text).map(|read| (read.what, read.places)),
        (None, Some(json)) => {
            face::scene_from_json(&json.to_string()).map(|scene| (scene, face::Places::default()))
        }
        _ => {
            return Err(Problem::new(
                Kind::BadBody,
                "give text or json, one of them",
            ));
        }
    };
    let (scene, places) = read.map_err(|problems| bad(&problems))?;
    let mut problems = api.rules().check_scene(&who, scene.clone()).await?;
    for problem in &mut problems {
        places.point(problem, given.text.as_deref().unwrap_or_default());
    }
    if problems.iter().any(RuleProblem::is_error) {
        return Err(bad(&problems));
    }
    keep(&api, &who, &scene, given.replace).await
}

/// Makes a scene of how things are.
#[utoipa::path(
    post,
    path = "/api/v1/scenes/capture",
    request_body = Capture,
    responses((status = 201, body = Kept))
)]
pub(crate) async fn capture(
    State(api): State<Api>,
    Who(who): Who,
    Body(capture): Body<Capture>,
) -> Result<(StatusCode, Json<Kept>), Problem> {
    let name = capture.name.as_deref().unwrap_or(&capture.id);
    let captured = api
        .rules()
        .capture(&who, &capture.id, name, &capture.targets);
    let scene = captured.await?;
    // The id was not read yet: it must be one that can be read again.
    let json = face::scene_to_json(&scene).to_string();
    let scene = face::scene_from_json(&json).map_err(|problems| bad(&problems))?;
    keep(&api, &who, &scene, capture.replace).await
}

async fn keep(
    api: &Api,
    who: &hub_engine::Principal,
    scene: &rules::scene::Scene,
    replace: bool,
) -> Result<(StatusCode, Json<Kept>), Problem> {
    let scenes = api.rules().scenes(who).await?;
    let known = scenes.iter().find(|known| known.scene.id == scene.id);
    if known.is_some() && !replace {
        let detail = format!("there is already a scene {}", scene.id);
        return Err(Problem::new(Kind::Conflict, detail)
            .advise("Choose another id, or replace it: --replace."));
    }
    let is_same = known.is_some_and(|known| *known.scene == *scene);
    let revision = match is_same {
        true => None,
        false => {
            let body = face::scene_to_json(scene).to_string();
            put(api, who, SCENE, &scene.id, Some(body)).await?
        }
    };
    let kept = Kept {
        id: scene.id.to_string(),
        revision,
        warnings: Vec::new(),
    };
    Ok((StatusCode::CREATED, Json(kept)))
}

/// Applies a scene. The run's trace tells how each device took it.
#[utoipa::path(
    post,
    path = "/api/v1/scenes/{scene}/apply",
    params(("scene" = String, Path)),
    request_body = Apply,
    responses((status = 202, body = Started))
)]
pub(crate) async fn apply(
    State(api): State<Api>,
    Who(who): Who,
    At(scene): At<String>,
    Body(apply): Body<Apply>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    let asked = Order::Apply {
        scene: scene.into(),
        transition_ms: apply.transition_ms,
    };
    order(&api, &who, asked).await
}

/// Deletes a scene.
#[utoipa::path(
    delete,
    path = "/api/v1/scenes/{scene}",
    params(("scene" = String, Path)),
    responses((status = 200, body = Stored))
)]
pub(crate) async fn delete(
    State(api): State<Api>,
    Who(who): Who,
    At(id): At<String>,
) -> Result<Json<Stored>, Problem> {
    let revision = put(&api, &who, SCENE, &id, None).await?;
    Ok(Json(Stored {
        revisions: revision.into_iter().collect(),
        id: None,
    }))
}

/// All variables of the home.
#[utoipa::path(get, path = "/api/v1/variables", responses((status = 200, body = Variables)))]
pub(crate) async fn variables(
    State(api): State<Api>,
    Who(who): Who,
) -> Result<Json<Variables>, Problem> {
    let variables = api.rules().variables(&who).await?;
    let variables = variables.into_iter().map(|(name, view)| Variable {
        name: name.to_string(),
        value: view.shown.to_string(),
        may_be: view.described.to_string(),
    });
    Ok(Json(Variables {
        variables: variables.collect(),
    }))
}

/// Declares a variable of the home, or declares it anew; a value that still fits stays.
#[utoipa::path(
    put,
    path = "/api/v1/variables/{name}",
    params(("name" = String, Path)),
    request_body = Declaration,
    responses((status = 200, body = Kept))
)]
pub(crate) async fn declare(
    State(api): State<Api>,
    Who(who): Who,
    At(name): At<String>,
    Body(declaration): Body<Declaration>,
) -> Result<Json<Kept>, Problem> {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 64 || !name.chars().all(is_inner) {
        let detail = format!("{name:?} is no name: letters, digits, hyphens and _");
        return Err(Problem::new(Kind::BadValue, detail));
    }
    let declared = declaration.0.declare();
    declared.map_err(|error| Problem::new(Kind::BadValue, error.to_string()))?;
    let body = serde_json::to_string(&declaration.0)
        .map_err(|error| Problem::new(Kind::BadValue, error.to_string()))?;
    let revision = put(&api, &who, VARIABLE, &name, Some(body)).await?;
    Ok(Json(Kept {
        id: name,
        revision,
        warnings: Vec::new(),
    }))
}

/// Deletes a variable of the home. Rules that look at it break, and say so.
#[utoipa::path(
    delete,
    path = "/api/v1/variables/{name}",
    params(("name" = String, Path)),
    responses((status = 200, body = Stored))
)]
pub(crate) async fn undeclare(
    State(api): State<Api>,
    Who(who): Who,
    At(name): At<String>,
) -> Result<Json<Stored>, Problem> {
    let revision = put(&api, &who, VARIABLE, &name, None).await?;
    Ok(Json(Stored {
        revisions: revision.into_iter().collect(),
        id: None,
    }))
}

/// Gives a variable of the home a value.
#[utoipa::path(
    put,
    path = "/api/v1/variables/{name}/value",
    params(("name" = String, Path)),
    request_body = Assign,
    responses((status = 202, body = Started))
)]
pub(crate) async fn assign(
    State(api): State<Api>,
    Who(who): Who,
    At(name): At<String>,
    Body(assign): Body<Assign>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    let asked = Order::Assign {
        variable: name.into(),
        value: assign.value,
    };
    order(&api, &who, asked).await
}

fn told(view: &SceneView) -> Scene {
    Scene {
        id: view.scene.id.to_string(),
        name: view.scene.name.to_string(),
        note: view.scene.note.as_deref().map(str::to_owned),
        devices: view.scene.devices.len(),
        text: face::scene_to_text(&view.scene),
        json: face::scene_to_json(&view.scene),
        findings: Finding::all(&view.problems),
    }
}
