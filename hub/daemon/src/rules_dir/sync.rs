//! Which of the two has changed, and what follows for the other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use hub_api::BadFiles;
use hub_api::dto::{BadFile, Finding};
use hub_engine::{Edit, ObjectKind, Principal, Request};
use hub_runtime::HubHandle;
use rule_runner::RulesHandle;
use rules::face;
use rules::machine::{RULE, RuleView};
use rules::problem::Problem;
use rules::tree::Rule;
use tracing::{info, warn};

use super::files;

/// Both sides, and how they were when they were in step.
pub(super) struct Sync {
    dir: PathBuf,
    hub: HubHandle,
    rules: RulesHandle,
    bad: BadFiles,
    /// The files as they were when they were looked at last.
    seen: BTreeMap<String, Seen>,
}

/// A file as it was when it was looked at last.
struct Seen {
    text: String,
    /// The rule that it holds, if it can be used.
    id: Option<String>,
    findings: Vec<Finding>,
}

impl Sync {
    pub(super) fn new(dir: PathBuf, hub: HubHandle, rules: RulesHandle, bad: BadFiles) -> Self {
        Self {
            dir,
            hub,
            rules,
            bad,
            seen: BTreeMap::new(),
        }
    }

    /// At the start: what files say counts, and rules without a file get one.
    pub(super) async fn first(&mut self) {
        self.files_changed().await;
        self.home_changed().await;
    }

    /// Files have changed, or may have.
    pub(super) async fn files_changed(&mut self) {
        let files = files::read_all(&self.dir);
        let gone: Vec<_> = self
            .seen
            .keys()
            .filter(|name| !files.contains_key(*name))
            .cloned()
            .collect();
        for (name, text) in files {
            match text {
                Ok(text) if self.seen.get(&name).is_some_and(|seen| seen.text == text) => {}
                Ok(text) => self.take_up(name, text).await,
                Err(why) => {
                    let findings = vec![finding(&Problem::error("", why))];
                    self.note(name, String::new(), None, findings);
                }
            }
        }
        for name in gone {
            self.forget(&name).await;
        }
        self.tell();
    }

    /// Takes up a file that is new or was edited.
    async fn take_up(&mut self, name: String, text: String) {
        let read = match face::rule_from_text(&text) {
            Ok(read) => read,
            Err(problems) => {
                let findings = problems.iter().map(finding).collect();
                self.note(name, text, None, findings);
                return;
            }
        };
        let id = read.what.id.to_string();
        let twin = self
            .seen
            .iter()
            .find(|(other, seen)| **other != name && seen.id.as_deref() == Some(&id));
        if let Some((twin, _)) = twin {
            let what = format!("the rule {id} stands in {twin} already");
            self.note(name, text, None, vec![finding(&Problem::error("id", what))]);
            return;
        }
        let me = Principal::hub();
        let known = self.rules.rule(&me, &id).await.ok().flatten();
        if known.is_some_and(|known| *known.rule == read.what) {
            // The home has it as it is; whether it can run is told there.
            self.note(name, text, Some(id), Vec::new());
            return;
        }
        let checked = self.rules.check_rule(&me, read.what.clone()).await;
        let mut problems = checked.unwrap_or_default();
        for problem in &mut problems {
            read.places.point(problem, &text);
        }
        let mut findings: Vec<_> = problems.iter().map(finding).collect();
        let is_good = !problems.iter().any(Problem::is_error);
        if is_good && let Err(why) = self.put(&read.what, &name).await {
            findings.push(finding(&Problem::error("", why)));
        }
        self.note(name, text, is_good.then_some(id), findings);
    }

    /// Brings a rule of a file into the home.
    async fn put(&self, rule: &Rule, file: &str) -> Result<(), String> {
        let me = Principal::hub();
        let known = self
            .rules
            .rule(&me, &rule.id)
            .await
            .map_err(|error| error.to_string())?;
        if known.is_some_and(|known| *known.rule == *rule) {
            return Ok(());
        }
        let body = face::rule_to_json(rule).to_string();
        info!(rule = %rule.id, %file, "rule taken up from its file");
        self.edit(&rule.id, Some(body), format!("{file} was edited"))
            .await
    }

    async fn edit(&self, id: &str, body: Option<String>, reason: String) -> Result<(), String> {
        let edit = Edit::PutObject {
            kind: ObjectKind::new(RULE),
            id: id.to_owned(),
            body: body.map(Into::into),
        };
        let asked = Request::Edit { edit, reason };
        let stored = self.hub.submit(Principal::hub(), asked).await;
        stored.map(drop).map_err(|error| error.to_string())
    }

    /// A file was deleted, and its rule goes with it.
    async fn forget(&mut self, name: &str) {
        let Some(Seen { id: Some(id), .. }) = self.seen.remove(name) else {
            return;
        };
        let is_elsewhere = self
            .seen
            .values()
            .any(|seen| seen.id.as_deref() == Some(&id));
        if !is_elsewhere {
            info!(rule = %id, file = %name, "rule deleted with its file");
            if let Err(error) = self.edit(&id, None, format!("{name} was deleted")).await {
                warn!(rule = %id, %error, "the rule of a deleted file could not be deleted");
            }
        }
    }

    fn note(&mut self, name: String, text: String, id: Option<String>, findings: Vec<Finding>) {
        for finding in findings.iter().filter(|finding| finding.error) {
            warn!(file = %name, error = %finding, "a rule's file cannot be used");
        }
        // A file that became bad still is its rule's: the rule stays as it was.
        let id = id.or_else(|| self.seen.get(&name).and_then(|seen| seen.id.clone()));
        self.seen.insert(name, Seen { text, id, findings });
    }

    fn tell(&self) {
        let bad = self
            .seen
            .iter()
            .filter(|(_, seen)| seen.findings.iter().any(|f| f.error));
        let bad = bad.map(|(file, seen)| BadFile {
            file: file.clone(),
            findings: seen.findings.clone(),
        });
        self.bad.set(bad.collect());
    }

    /// Rules of the home have changed: their files follow.
    pub(super) async fn home_changed(&mut self) {
        let Ok(views) = self.rules.rules(&Principal::hub()).await else {
            return;
        };
        let ids: BTreeSet<String> = views.iter().map(|view| view.rule.id.to_string()).collect();
        for view in &views {
            self.write_down(view);
        }
        let gone = self
            .seen
            .iter()
            .filter(|(_, seen)| seen.id.as_ref().is_some_and(|id| !ids.contains(id)));
        let gone: Vec<_> = gone.map(|(name, _)| name.clone()).collect();
        for name in gone {
            files::delete(&self.dir, &name);
            self.seen.remove(&name);
        }
        self.tell();
    }

    /// Writes a rule into its file, unless that says the same already, if in other words.
    fn write_down(&mut self, view: &RuleView) {
        let id = &view.rule.id;
        let known = self
            .seen
            .iter()
            .find(|(_, seen)| seen.id.as_deref() == Some(&**id));
        let name = match known {
            Some((_, seen)) if says(&seen.text, &view.rule) => return,
            // Somebody is editing it.
            Some((_, seen)) if seen.findings.iter().any(|finding| finding.error) => return,
            Some((name, _)) => name.clone(),
            None => format!("{id}.toml"),
        };
        let text = face::rule_to_text(&view.rule);
        if let Err(error) = files::write(&self.dir, &name, &text) {
            warn!(rule = %id, error = %format!("{error:#}"), "a rule's file could not be written");
            return;
        }
        let seen = Seen {
            text,
            id: Some(id.to_string()),
            findings: Vec::new(),
        };
        self.seen.insert(name, seen);
    }
}

/// Whether a text says this rule.
fn says(text: &str, rule: &Rule) -> bool {
    face::rule_from_text(text).is_ok_and(|read| read.what == *rule)
}

fn finding(problem: &Problem) -> Finding {
    Finding::of(problem)
}
