//! Rules: reading, writing, checking and running them, and what they did.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hub_engine::{Edit, ObjectKind, Principal, PrincipalKind, Request};
use hub_model::Timestamp;
use hub_runtime::clock;
use rule_runner::{Past, PastError, RulesError, SimulateAsked, TraceQuery};
use rules::face::{self, Places};
use rules::machine::{Order, RULE, RuleView};
use rules::problem::Problem as RuleProblem;
use rules::schedule::parse_local;
use rules::trace::RunId;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::body::{Asked, At, Body};
use crate::dto::{
    Checked, Finding, Given, Incident, Kept, Notice, Notices, Rule, RuleDetail, RulePatch, Rules,
    Started, Stored, Trace, Traces, Tried, Try, ms,
};
use crate::guard::Who;
use crate::problem::{Kind, Problem};
use crate::state::Api;

/// Traces told at once, unless fewer are asked for.
const MOST: usize = 200;

/// All rules.
#[utoipa::path(get, path = "/api/v1/rules", responses((status = 200, body = Rules)))]
pub(crate) async fn list(State(api): State<Api>, Who(who): Who) -> Result<Json<Rules>, Problem> {
    let rules = api.rules().rules(&who).await?;
    let status = api.rules().status(&who).await?;
    Ok(Json(Rules {
        rules: rules.iter().map(Rule::of).collect(),
        clock_trusted: status.clock_trusted,
        store_failure: status.store_failure,
        files: api.about().files.list(),
    }))
}

/// A rule whole, with its text.
#[utoipa::path(
    get,
    path = "/api/v1/rules/{rule}",
    params(("rule" = String, Path)),
    responses((status = 200, body = RuleDetail))
)]
pub(crate) async fn detail(
    State(api): State<Api>,
    Who(who): Who,
    At(rule): At<String>,
) -> Result<Json<RuleDetail>, Problem> {
    let view = view(&api, &who, &rule).await?;
    Ok(Json(RuleDetail {
        rule: Rule::of(&view),
        text: face::rule_to_text(&view.rule),
        json: face::rule_to_json(&view.rule),
    }))
}

/// Checks a rule in this home without keeping it.
#[utoipa::path(
    post,
    path = "/api/v1/rules/check",
    request_body = Given,
    responses((status = 200, body = Checked))
)]
pub(crate) async fn check(
    State(api): State<Api>,
    Who(who): Who,
    Body(given): Body<Given>,
) -> Result<Json<Checked>, Problem> {
    let (rule, places) = match read(&given)? {
        Ok(read) => read,
        Err(problems) => {
            return Ok(Json(Checked {
                id: None,
                ok: false,
                findings: Finding::all(&problems),
                text: None,
            }));
        }
    };
    let text = face::rule_to_text(&rule);
    let id = rule.id.to_string();
    let problems = checked(&api, &who, rule, &places, given.text.as_deref()).await?;
    Ok(Json(Checked {
        id: Some(id),
        ok: !problems.iter().any(RuleProblem::is_error),
        findings: Finding::all(&problems),
        text: Some(text),
    }))
}

/// Adds a rule, or replaces one. It must be free of errors.
#[utoipa::path(
    post,
    path = "/api/v1/rules",
    request_body = Given,
    responses((status = 201, body = Kept))
)]
pub(crate) async fn add(
    State(api): State<Api>,
    Who(who): Who,
    Body(given): Body<Given>,
) -> Result<(StatusCode, Json<Kept>), Problem> {
    let (mut rule, places) = read(&given)?.map_err(|problems| bad(&problems))?;
    // Whoever writes a rule lends it no more than their own rights.
    rule.owner = match who.kind {
        PrincipalKind::Console | PrincipalKind::Hub => rule.owner,
        _ => Some(Arc::clone(&who.name)),
    };
    let known = api.rules().rule(&who, &rule.id).await?;
    if known.is_some() && !given.replace {
        let detail = format!("there is already a rule {}", rule.id);
        return Err(Problem::new(Kind::Conflict, detail)
            .advise("Choose another id, or replace it: --replace."));
    }
    let is_same = known.is_some_and(|known| *known.rule == rule);
    let text = given.text.as_deref();
    let problems = checked(&api, &who, rule.clone(), &places, text).await?;
    if problems.iter().any(RuleProblem::is_error) {
        return Err(bad(&problems));
    }
    let revision = match is_same {
        true => None,
        false => {
            let body = face::rule_to_json(&rule).to_string();
            put(&api, &who, RULE, &rule.id, Some(body)).await?
        }
    };
    let kept = Kept {
        id: rule.id.to_string(),
        revision,
        warnings: Finding::all(&problems),
    };
    Ok((StatusCode::CREATED, Json(kept)))
}

/// Enables or disables a rule.
#[utoipa::path(
    patch,
    path = "/api/v1/rules/{rule}",
    params(("rule" = String, Path)),
    request_body = RulePatch,
    responses((status = 200, body = Kept))
)]
pub(crate) async fn patch(
    State(api): State<Api>,
    Who(who): Who,
    At(id): At<String>,
    Body(patch): Body<RulePatch>,
) -> Result<Json<Kept>, Problem> {
    let view = view(&api, &who, &id).await?;
    let mut rule = rules::tree::Rule::clone(&view.rule);
    let mut revision = None;
    if rule.enabled != patch.enabled {
        rule.enabled = patch.enabled;
        let body = face::rule_to_json(&rule).to_string();
        revision = put(&api, &who, RULE, &id, Some(body)).await?;
    }
    Ok(Json(Kept {
        id,
        revision,
        warnings: Vec::new(),
    }))
}

/// Deletes a rule. Its runs end.
#[utoipa::path(
    delete,
    path = "/api/v1/rules/{rule}",
    params(("rule" = String, Path)),
    responses((status = 200, body = Stored))
)]
pub(crate) async fn delete(
    State(api): State<Api>,
    Who(who): Who,
    At(id): At<String>,
) -> Result<Json<Stored>, Problem> {
    view(&api, &who, &id).await?;
    let revision = put(&api, &who, RULE, &id, None).await?;
    Ok(Json(Stored {
        revisions: revision.into_iter().collect(),
        id: None,
    }))
}

/// Runs a rule now, without its triggers and conditions.
#[utoipa::path(
    post,
    path = "/api/v1/rules/{rule}/run",
    params(("rule" = String, Path)),
    responses((status = 202, body = Started))
)]
pub(crate) async fn run(
    State(api): State<Api>,
    Who(who): Who,
    At(rule): At<String>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    let rule = rule.into();
    order(&api, &who, Order::Run { rule }).await
}

/// Lets a rule start again that was paused because it ran away.
#[utoipa::path(
    post,
    path = "/api/v1/rules/{rule}/resume",
    params(("rule" = String, Path)),
    responses((status = 202, body = Started))
)]
pub(crate) async fn resume(
    State(api): State<Api>,
    Who(who): Who,
    At(rule): At<String>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    let rule = rule.into();
    order(&api, &who, Order::Resume { rule }).await
}

/// Which traces.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    /// Of this rule; of a scene applied by hand, `scene:` and its id.
    #[serde(default)]
    rule: Option<String>,
    /// Only older ones than this.
    #[serde(default)]
    before: Option<u64>,
    /// At most this many.
    #[serde(default)]
    limit: Option<usize>,
}

/// What rules did, and what they did not do and why, newest first.
#[utoipa::path(get, path = "/api/v1/traces", params(Page), responses((status = 200, body = Traces)))]
pub(crate) async fn traces(
    State(api): State<Api>,
    Who(who): Who,
    Asked(page): Asked<Page>,
) -> Result<Json<Traces>, Problem> {
    let query = TraceQuery {
        rule: page.rule.map(Into::into),
        before: page.before.map(RunId),
        limit: page.limit.unwrap_or(MOST).min(MOST),
    };
    let traces = api.rules().traces(&who, query).await?;
    Ok(Json(Traces {
        traces: traces.into_iter().map(Trace).collect(),
    }))
}

/// One trace.
#[utoipa::path(
    get,
    path = "/api/v1/traces/{trace}",
    params(("trace" = u64, Path)),
    responses((status = 200, body = Trace))
)]
pub(crate) async fn trace(
    State(api): State<Api>,
    Who(who): Who,
    At(trace): At<u64>,
) -> Result<Json<Trace>, Problem> {
    let found = api.rules().trace(&who, RunId(trace)).await?;
    let found = found.ok_or_else(|| {
        Problem::new(Kind::UnknownThing, format!("there is no trace t{trace}"))
            .advise("`ingle rules trace` lists the last ones.")
    })?;
    Ok(Json(Trace(found)))
}

/// What rules had to say to people, newest first.
#[utoipa::path(get, path = "/api/v1/notices", responses((status = 200, body = Notices)))]
pub(crate) async fn notices(
    State(api): State<Api>,
    Who(who): Who,
) -> Result<Json<Notices>, Problem> {
    let notices = api.rules().notices(&who).await?;
    let notices = notices.iter().map(|notice| Notice {
        at_ms: ms(notice.at),
        rule: notice.rule.to_string(),
        run: notice.run.map(|run| run.0),
        to: notice.to.as_deref().map(str::to_owned),
        message: notice.message.to_string(),
    });
    Ok(Json(Notices {
        notices: notices.collect(),
    }))
}

/// Ends a run that is under way.
#[utoipa::path(
    post,
    path = "/api/v1/traces/{trace}/stop",
    params(("trace" = u64, Path)),
    responses((status = 202, body = Started))
)]
pub(crate) async fn stop(
    State(api): State<Api>,
    Who(who): Who,
    At(trace): At<u64>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    let run = RunId(trace);
    order(&api, &who, Order::Stop { run }).await
}

/// Tries a rule on the recorded past: the runs that it would have made. Nothing is done.
#[utoipa::path(
    post,
    path = "/api/v1/rules/try",
    request_body = Try,
    responses((status = 200, body = Tried))
)]
pub(crate) async fn tried(
    State(api): State<Api>,
    Who(who): Who,
    Body(asked): Body<Try>,
) -> Result<Json<Tried>, Problem> {
    let read = face::rule_from_text(&asked.text).map_err(|problems| bad(&problems))?;
    let place = api.rules().place();
    let moment = |text: &Option<String>| match text {
        None => Ok(None),
        Some(text) => parse_local(text, place).map(Some).ok_or_else(|| {
            Problem::new(Kind::BadValue, format!("{text} is no moment"))
                .advise("Write 2026-11-20 or 2026-11-20 18:00.")
        }),
    };
    let simulate = SimulateAsked {
        rule: read.what,
        compare: asked.compare,
        from: moment(&asked.from)?,
        to: moment(&asked.to)?,
    };
    let past = past(&api, &who, &simulate).await?;
    let outcome = api.rules().simulate(&who, simulate, past).await?;
    let told = serde_json::to_value(&outcome);
    Ok(Json(Tried {
        text: outcome.to_text(place),
        outcome: told.map_err(|error| Problem::new(Kind::Store, error.to_string()))?,
    }))
}

/// The past from the history; from the rules' own recording when none is kept.
async fn past(api: &Api, who: &Principal, asked: &SimulateAsked) -> Result<Past, Problem> {
    let Ok(history) = api.history() else {
        return Ok(api.rules().recorded(who, asked.from).await?);
    };
    let from = asked.from.unwrap_or(Timestamp(i64::MIN));
    let to = asked.to.unwrap_or_else(|| clock::now().wall);
    match history.handle.past(who, from, to).await? {
        Some(past) => Ok(Past {
            began: past.began,
            start: past.start,
            events: past.events,
        }),
        None => Err(RulesError::Past(PastError::Nothing).into()),
    }
}

/// The recording since it began last, with what came of it, to be repeated elsewhere. It tells what
/// happened in the home, and holds no keys.
#[utoipa::path(get, path = "/api/v1/incident", responses((status = 200, body = Incident)))]
pub(crate) async fn incident(
    State(api): State<Api>,
    Who(who): Who,
) -> Result<Json<Incident>, Problem> {
    let text = api.rules().incident(&who).await?;
    Ok(Json(Incident { text }))
}

/// Asks the machine for something.
pub(super) async fn order(
    api: &Api,
    who: &Principal,
    order: Order,
) -> Result<(StatusCode, Json<Started>), Problem> {
    let run = api.rules().order(who, order).await?;
    let run = run.map(|run| run.0);
    Ok((StatusCode::ACCEPTED, Json(Started { run })))
}

/// Writes or deletes an object of the machine's; the revision.
pub(super) async fn put(
    api: &Api,
    who: &Principal,
    kind: &str,
    id: &str,
    body: Option<String>,
) -> Result<Option<u64>, Problem> {
    let reason = match body {
        Some(_) => format!("{kind} {id} was written"),
        None => format!("{kind} {id} was deleted"),
    };
    let edit = Edit::PutObject {
        kind: ObjectKind::new(kind),
        id: id.to_owned(),
        body: body.map(Into::into),
    };
    let ticket = api
        .hub()
        .submit(who.clone(), Request::Edit { edit, reason })
        .await?;
    Ok(ticket.revision.map(|revision| revision.0))
}

async fn view(api: &Api, who: &Principal, id: &str) -> Result<RuleView, Problem> {
    let view = api.rules().rule(who, id).await?;
    view.ok_or_else(|| {
        Problem::new(Kind::UnknownThing, format!("there is no rule {id}"))
            .advise("`ingle rules list` lists them.")
    })
}

type ReadRule = Result<(rules::tree::Rule, Places), Vec<RuleProblem>>;

fn read(given: &Given) -> Result<ReadRule, Problem> {
    match (&given.text, &given.json) {
        (Some(text), None) => Ok(face::rule_from_text(text).map(|read| (read.what, read.places))),
        (None, Some(json)) => {
            let rule = face::rule_from_json(&json.to_string());
            Ok(rule.map(|rule| (rule, Places::default())))
        }
        _ => Err(Problem::new(
            Kind::BadBody,
            "give text or json, one of them",
        )),
    }
}

/// What is wrong with a rule in this home, with places in its text.
async fn checked(
    api: &Api,
    who: &Principal,
    rule: rules::tree::Rule,
    places: &Places,
    text: Option<&str>,
) -> Result<Vec<RuleProblem>, Problem> {
    let mut problems = api.rules().check_rule(who, rule).await?;
    if let Some(text) = text {
        for problem in &mut problems {
            places.point(problem, text);
        }
    }
    Ok(problems)
}

/// A problem that tells all that is wrong.
pub(super) fn bad(problems: &[RuleProblem]) -> Problem {
    let findings = Finding::all(problems);
    let errors: Vec<_> = findings
        .iter()
        .filter(|f| f.error)
        .map(ToString::to_string)
        .collect();
    Problem::new(Kind::BadRule, errors.join("\n")).with_findings(findings)
}
