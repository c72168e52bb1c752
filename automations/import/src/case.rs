//! One automation that is being carried: what was found at it, and what its names mean.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rules::expr::{DeviceRef, Expr};

use crate::cursor::{At, Fields};
use crate::make;
use crate::names::{Basis, Meaning, Names};
use crate::report::{Finding, Severity};
use crate::table::{Mapped, Section};
use crate::time::length;

/// One automation or scene that is being carried.
pub(crate) struct Case<'n, 'a> {
    names: &'n mut Names<'a>,
    findings: Vec<Finding>,
    /// How many things are not in the rule so far.
    lost: usize,
    /// What is told once in a case.
    told: BTreeSet<String>,
    /// The names of triggers that conditions asked for.
    asked: BTreeSet<String>,
}

impl<'n, 'a> Case<'n, 'a> {
    pub(crate) fn new(names: &'n mut Names<'a>) -> Self {
        Self {
            names,
            findings: Vec::new(),
            lost: 0,
            told: BTreeSet::new(),
            asked: BTreeSet::new(),
        }
    }

    /// What was found.
    pub(crate) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    /// Whether something was found that keeps the rule from starting.
    pub(crate) fn is_held_back(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity.disables())
    }

    /// How many things are not in the rule so far.
    pub(crate) const fn lost_count(&self) -> usize {
        self.lost
    }

    /// The findings that keep the rule from starting.
    pub(crate) fn held_back_by(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| finding.severity.disables())
    }

    /// Notes that this is not in the rule.
    pub(crate) fn dropped(&mut self, at: &At<'_>, what: impl Into<String>, advice: &str) {
        self.find(Severity::Dropped, at, what.into(), advice);
    }

    /// Notes that this works otherwise than there.
    pub(crate) fn changed(&mut self, at: &At<'_>, what: impl Into<String>, advice: &str) {
        self.find(Severity::Changed, at, what.into(), advice);
    }

    /// Notes that this works otherwise than there, at the first place only.
    pub(crate) fn changed_once(&mut self, at: &At<'_>, what: &str, advice: &str) {
        if self.told.insert(what.to_owned()) {
            self.changed(at, what, advice);
        }
    }

    fn needs_mapping(&mut self, at: &At<'_>, name: &str, what: String, advice: &str) {
        if self.told.insert(name.to_owned()) {
            self.find(Severity::NeedsMapping, at, what, advice);
        }
    }

    fn find(&mut self, severity: Severity, at: &At<'_>, what: String, advice: &str) {
        self.lost += usize::from(severity == Severity::Dropped);
        self.findings.push(Finding {
            severity,
            place: at.place.clone(),
            line: at.node.line,
            what,
            advice: (!advice.is_empty()).then(|| advice.to_owned()),
        });
    }

    /// Notes every field that nobody asked for.
    pub(crate) fn finish(&mut self, fields: &Fields<'_>) {
        for (name, at) in fields.rest() {
            let what = format!("`{name}` is not understood: {}", at.node.described());
            self.dropped(&at, what, "");
        }
    }

    /// The word of a field; a finding tells if it is computed, or no word.
    pub(crate) fn word<'y>(&mut self, fields: &Fields<'y>, key: &str) -> Option<&'y str> {
        let at = fields.take(key).filter(|at| !at.node.is_null())?;
        let word = at
            .text()
            .filter(|word| !word.is_empty() && !at.is_template());
        if word.is_none() {
            self.dropped(
                &at,
                format!("`{key}` is no fixed word: {}", at.node.described()),
                "",
            );
        }
        word
    }

    /// The truth value of a field; a finding tells if it is computed, or none.
    pub(crate) fn truth(&mut self, fields: &Fields<'_>, key: &str) -> Option<bool> {
        let at = fields.take(key).filter(|at| !at.node.is_null())?;
        let truth = at.bool();
        if truth.is_none() {
            self.dropped(
                &at,
                format!("`{key}` is neither true nor false: {}", at.node.described()),
                "",
            );
        }
        truth
    }

    /// Whether a part was switched off there, and so is left out.
    pub(crate) fn is_off(&mut self, fields: &Fields<'_>) -> bool {
        let Some(enabled) = fields.take("enabled") else {
            return false;
        };
        match enabled.bool() {
            Some(true) => false,
            Some(false) => {
                self.changed(&fields.at, "it was switched off there and is left out", "");
                true
            }
            None => {
                let what = "whether it is switched on is computed there; here it is on";
                self.dropped(&enabled, what, "");
                false
            }
        }
    }

    /// What an entity means; a finding tells if that is not sure.
    pub(crate) fn meaning(&mut self, at: &At<'_>, entity: &str) -> Meaning {
        let meaning = self.names.meaning(entity);
        let mapped = &meaning.mapped;
        match meaning.basis {
            Basis::Told => {}
            Basis::Guessed => self.needs_mapping(
                at,
                entity,
                format!("`{entity}` is taken for {mapped} because of its name"),
                "keep or correct it in the table, then import again",
            ),
            Basis::Unknown => self.needs_mapping(
                at,
                entity,
                format!("it is not known which device `{entity}` is; {mapped} stands for it"),
                "name the device in the table, then import again",
            ),
            Basis::Variable => {
                if self.told.insert(entity.to_owned()) {
                    let what = format!("`{entity}` is the variable {mapped}, which must exist");
                    self.changed(at, what, "add it to the home's variables");
                }
            }
        }
        meaning
    }

    /// Whether the table says what an entity is; if not it will say that it was met.
    pub(crate) fn is_told(&mut self, entity: &str) -> bool {
        self.names.meaning(entity).basis == Basis::Told
    }

    /// What a device of ours has; none if nothing is known about it.
    pub(crate) fn known(&self, device: &DeviceRef) -> Option<Vec<String>> {
        self.names.known(device)
    }

    /// The device an entity is, to ask whether it answers.
    pub(crate) fn device(&mut self, at: &At<'_>, entity: &str) -> Option<DeviceRef> {
        match self.meaning(at, entity).mapped {
            Mapped::Device(device) => Some(device),
            Mapped::Property(reference) => match reference.of {
                rules::expr::Place::Device(device) => Some(device),
                rules::expr::Place::Room(_) => None,
            },
            Mapped::Room(_) | Mapped::Home(_) => {
                self.dropped(at, format!("`{entity}` is no device here"), "");
                None
            }
        }
    }

    /// The id here of a scene, automation or script.
    pub(crate) fn id_of(&mut self, at: &At<'_>, section: Section, entity: &str) -> Arc<str> {
        let (id, sure) = self.names.id_of(section, entity);
        if !sure {
            let what = format!("`{entity}` is not in this import; {id} stands for it");
            let advice = format!(
                "name it in [{}] of the table, then import again",
                section.word()
            );
            self.needs_mapping(at, entity, what, &advice);
        }
        id
    }

    /// Whom a service tells; none is the owner of the rule.
    pub(crate) fn told_by(&mut self, at: &At<'_>, service: &str) -> Option<Arc<str>> {
        match self.names.told_by(service) {
            Some(whom) => whom,
            None => {
                if self.told.insert(service.to_owned()) {
                    let what = format!("`{service}` becomes a message to the owner of the rule");
                    self.changed(at, what, "name someone else in [notify] of the table");
                }
                None
            }
        }
    }

    /// Notes that a condition asks for the trigger of this name.
    pub(crate) fn asks_for(&mut self, name: &str) {
        self.asked.insert(name.to_owned());
    }

    /// The names of triggers that were asked for.
    pub(crate) const fn asked(&self) -> &BTreeSet<String> {
        &self.asked
    }

    /// The expression, if it is one that a rule can hold.
    pub(crate) fn fit(&mut self, at: &At<'_>, expr: Option<Expr>) -> Option<Expr> {
        let fitting = expr.filter(make::is_readable);
        if fitting.is_none() {
            let what = "this makes an expression that is too long";
            self.dropped(at, what, "split it into several rules");
        }
        fitting
    }

    /// The expression, if it is one that a trigger or a wait can watch.
    pub(crate) fn watched(&mut self, at: &At<'_>, expr: Option<Expr>) -> Option<Expr> {
        let expr = self.fit(at, expr)?;
        if make::asks_the_clock(&expr) {
            self.dropped(
                at,
                format!("{expr} cannot be waited for"),
                "use a trigger `at` instead",
            );
            return None;
        }
        Some(expr)
    }

    /// A length of time in any of the forms for it.
    pub(crate) fn length(&mut self, at: &At<'_>) -> Option<Duration> {
        match length(at) {
            Ok(length) => Some(length),
            Err(what) => {
                self.dropped(
                    at,
                    what,
                    "write the length of time as a fixed one, such as 5m",
                );
                None
            }
        }
    }
}
