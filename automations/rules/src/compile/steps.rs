//! Steps within steps into operations in a row, so that a position is a number that can be stored.

use std::collections::BTreeMap;
use std::sync::Arc;

use hub_model::spec;

use super::order::orders;
use super::program::{FieldAs, Op, Part};
use super::{Scope, expr};
use crate::datum::Type;
use crate::expr::{DeviceRef, Expr};
use crate::house::Dead;
use crate::problem::Problem;
use crate::property;
use crate::quantity::Dimension;
use crate::tree::{Action, Choice, MAX_REPEATS, Repeat, Set, Step, Wait};

/// The most steps of one rule.
const MOST_STEPS: usize = 1_000;
/// The most branches side by side.
const MOST_BRANCHES: usize = 16;
/// How deep steps may stand in steps.
const DEEPEST: usize = 16;

/// Compiles steps; the second list says where each operation stands.
pub(super) fn compile(steps: &[Step], scope: &mut Scope<'_>) -> (Vec<Op>, Vec<Arc<str>>) {
    let mut row = Row {
        scope,
        ops: Vec::new(),
        places: Vec::new(),
        depth: 0,
    };
    row.block("do", steps);
    (row.ops, row.places)
}

struct Row<'a, 'b> {
    scope: &'a mut Scope<'b>,
    ops: Vec<Op>,
    places: Vec<Arc<str>>,
    depth: usize,
}

impl Row<'_, '_> {
    fn push(&mut self, place: &str, op: Op) -> usize {
        self.ops.push(op);
        self.places.push(place.into());
        self.ops.len() - 1
    }

    fn here(&self) -> usize {
        self.ops.len()
    }

    /// Lets an operation that waits for its target know it.
    fn land(&mut self, at: usize) {
        let here = self.here();
        match self.ops.get_mut(at) {
            Some(Op::Branch { otherwise, .. }) => *otherwise = here,
            Some(Op::Jump(to)) => *to = here,
            Some(Op::Fork { join, .. }) => *join = here,
            _ => {}
        }
    }

    fn block(&mut self, place: &str, steps: &[Step]) {
        self.depth += 1;
        if self.depth > DEEPEST {
            self.scope.error(place, "too many steps within each other");
        } else if self.here() > MOST_STEPS {
            self.scope
                .error(place, format!("more than {MOST_STEPS} steps"));
        } else {
            for (at, step) in steps.iter().enumerate() {
                self.step(&format!("{place}[{at}]"), step);
            }
        }
        self.depth -= 1;
    }

    fn step(&mut self, place: &str, step: &Step) {
        match &step.action {
            Action::Set(set) => self.set(place, set),
            Action::Scene { scene, transition } => {
                if !(self.scope.scenes)(scene) {
                    self.scope.error(
                        &format!("{place}.scene"),
                        format!("there is no scene {scene}"),
                    );
                }
                let (scene, transition) = (Arc::clone(scene), *transition);
                self.push(place, Op::Scene { scene, transition });
            }
            Action::Wait(wait) => self.wait(place, wait),
            Action::Delay(span) => {
                let wanted = Type::Number(Dimension::Time);
                let code = expr::of_type(span, &wanted, &format!("{place}.delay"), self.scope);
                if let Some(code) = code {
                    self.push(place, Op::Delay(code));
                }
            }
            Action::If {
                condition,
                then,
                otherwise,
            } => {
                let branch = self.branch(&format!("{place}.if"), condition);
                self.block(&format!("{place}.then"), then);
                let end = self.push(place, Op::Jump(0));
                self.land(branch);
                self.block(&format!("{place}.else"), otherwise);
                self.land(end);
            }
            Action::Choose { choices, otherwise } => self.choose(place, choices, otherwise),
            Action::Repeat { until, steps } => self.repeat(place, until, steps),
            Action::Parallel(branches) => self.parallel(place, branches),
            Action::Run(id) => {
                if !(self.scope.rules)(id) {
                    self.scope
                        .error(&format!("{place}.run"), format!("there is no rule {id}"));
                }
                self.push(place, Op::Run(Arc::clone(id)));
            }
            Action::Notify { message, to } => {
                let parts = self.message(&format!("{place}.notify"), message);
                let to = to.clone();
                self.push(place, Op::Notify { parts, to });
            }
            Action::Let { name, value } => self.assign_local(place, name, value),
            Action::Assign { name, value } => self.assign_home(place, name, value),
            Action::Invoke {
                device,
                command,
                fields,
            } => self.invoke(&format!("{place}.invoke"), device, command, fields),
            Action::Stop { reason } => {
                let reason = reason.clone();
                self.push(place, Op::Stop { reason });
            }
        }
    }

    fn set(&mut self, place: &str, set: &Set) {
        let at = format!("{place}.set");
        let orders = orders(&set.targets, &set.values, set.transition, &at, self.scope);
        let ensure = set.ensure.clone();
        self.push(place, Op::Set { orders, ensure });
    }

    fn wait(&mut self, place: &str, wait: &Wait) {
        let clock = std::mem::replace(&mut self.scope.clock, false);
        let asked = expr::asked(&wait.until, &format!("{place}.wait.until"), self.scope);
        self.scope.clock = clock;
        if let Some(asked) = asked {
            self.push(
                place,
                Op::Wait {
                    asked,
                    hold: wait.hold,
                    timeout: wait.timeout,
                    otherwise: wait.otherwise,
                },
            );
        }
    }

    /// A branch whose target is not known yet.
    fn branch(&mut self, place: &str, condition: &Expr) -> usize {
        match expr::asked(condition, place, self.scope) {
            Some(asked) => self.push(
                place,
                Op::Branch {
                    asked,
                    otherwise: 0,
                },
            ),
            None => self.push(place, Op::Jump(0)),
        }
    }

    fn choose(&mut self, place: &str, choices: &[Choice], otherwise: &[Step]) {
        let mut ends = Vec::new();
        for (at, choice) in choices.iter().enumerate() {
            let place = format!("{place}.choose[{at}]");
            let branch = self.branch(&format!("{place}.if"), &choice.condition);
            self.block(&format!("{place}.do"), &choice.steps);
            ends.push(self.push(&place, Op::Jump(0)));
            self.land(branch);
        }
        self.block(&format!("{place}.else"), otherwise);
        for end in ends {
            self.land(end);
        }
    }

    fn repeat(&mut self, place: &str, until: &Repeat, steps: &[Step]) {
        let (count, timeout) = match until {
            Repeat::Count(count) => (*count, None),
            Repeat::Until { timeout, .. } => (MAX_REPEATS, Some(*timeout)),
        };
        self.push(place, Op::Loop { count, timeout });
        let body = self.here();
        self.block(&format!("{place}.do"), steps);
        let until = match until {
            Repeat::Count(_) => None,
            Repeat::Until { condition, .. } => {
                expr::asked(condition, &format!("{place}.repeat.until"), self.scope)
            }
        };
        self.push(place, Op::Again { body, until });
    }

    fn parallel(&mut self, place: &str, branches: &[Vec<Step>]) {
        if branches.len() > MOST_BRANCHES {
            self.scope
                .error(place, format!("more than {MOST_BRANCHES} branches"));
            return;
        }
        let starts = Vec::new();
        let fork = self.push(
            place,
            Op::Fork {
                branches: starts,
                join: 0,
            },
        );
        let mut starts = Vec::new();
        for (at, steps) in branches.iter().enumerate() {
            starts.push(self.here());
            let place = format!("{place}.parallel[{at}]");
            self.block(&place, steps);
            self.push(&place, Op::EndBranch);
        }
        self.land(fork);
        if let Some(Op::Fork { branches, .. }) = self.ops.get_mut(fork) {
            *branches = starts;
        }
    }

    /// A message: `{expression}` is replaced by its value, `{{` is a brace.
    fn message(&mut self, place: &str, message: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = message;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            text.push_str(before);
            if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
                text.push_str(from.get(..1).unwrap_or_default());
                rest = after;
                continue;
            }
            let inner = from.strip_prefix('{').and_then(|from| from.split_once('}'));
            let Some((inner, after)) = inner else {
                self.scope
                    .error(place, "a brace has no partner; write {{ for a brace");
                return parts;
            };
            let parsed: Result<Expr, _> = inner.parse();
            match parsed {
                Ok(parsed) => {
                    if let Some(typed) = expr::of_any(&parsed, place, self.scope) {
                        parts.push(Part::Text(std::mem::take(&mut text).into()));
                        parts.push(Part::Value {
                            code: typed.code,
                            datatype: typed.datatype,
                        });
                    }
                }
                Err(error) => {
                    let problem = Problem::error(place, format!("{{{inner}}}: {error}"));
                    self.scope.problems.push(problem.advise_if(error.advice));
                }
            }
            rest = after;
        }
        text.push_str(rest);
        parts.push(Part::Text(text.into()));
        parts
    }

    fn assign_local(&mut self, place: &str, name: &Arc<str>, value: &Expr) {
        let at = format!("{place}.let.{name}");
        let Some(typed) = expr::of_any(value, &at, self.scope) else {
            return;
        };
        let locals = &mut self.scope.locals;
        if let Some(before) = locals.get(name)
            && !before.fits(&typed.datatype)
        {
            let what = format!("${name} was {} before", before.described());
            self.scope.error(&at, what);
            return;
        }
        locals.insert(Arc::clone(name), typed.datatype.clone());
        self.push(
            place,
            Op::Let {
                name: Arc::clone(name),
                code: typed.code,
                datatype: typed.datatype,
            },
        );
    }

    fn assign_home(&mut self, place: &str, name: &Arc<str>, value: &Expr) {
        let at = format!("{place}.assign.{name}");
        let Some(variable) = self.scope.present.variables.get(name) else {
            self.scope
                .error(&at, format!("the home has no variable {name}"));
            return;
        };
        let datatype = variable.datatype.clone();
        let code = expr::of_type(value, &datatype, &at, self.scope);
        if let Some(code) = code {
            self.push(
                place,
                Op::Assign {
                    name: Arc::clone(name),
                    code,
                    datatype,
                },
            );
        }
    }

    fn invoke(
        &mut self,
        place: &str,
        device: &DeviceRef,
        command: &str,
        fields: &BTreeMap<Arc<str>, Expr>,
    ) {
        let named = command.split_once('.').and_then(|(cluster, command)| {
            let cluster = spec::cluster_by_name(cluster)?;
            Some((cluster, cluster.command_by_name(command)?))
        });
        let Some((cluster, known)) = named else {
            let what = format!("there is no command {command}; one is OnOff.Toggle");
            self.scope.error(&format!("{place}.command"), what);
            return;
        };
        let spot = match self.scope.house().with_cluster(device, cluster.id) {
            Ok(spots) => match spots.as_slice() {
                [one] => *one,
                _ => {
                    let what = format!("{device} has {} on several endpoints", cluster.name);
                    let problem = Problem::error(format!("{place}.device"), what);
                    self.scope
                        .problems
                        .push(problem.advise(format!("write {device}/1, say")));
                    return;
                }
            },
            Err(Dead { what, advice }) => {
                let problem = Problem::error(format!("{place}.device"), what);
                self.scope.problems.push(problem.advise_if(advice));
                return;
            }
        };
        let mut given = Vec::new();
        for (name, value) in fields {
            let place = format!("{place}.fields.{name}");
            let field = known
                .fields
                .iter()
                .find(|field| field.name.eq_ignore_ascii_case(name));
            let view = field.and_then(|field| property::view_of(&field.schema, None));
            let (Some(field), Some(view)) = (field, view) else {
                let names = known
                    .fields
                    .iter()
                    .map(|field| field.name)
                    .collect::<Vec<_>>();
                let problem = Problem::error(&place, format!("{command} has no field {name}"));
                let advice = format!("its fields are {}", names.join(", "));
                self.scope.problems.push(problem.advise(advice));
                continue;
            };
            if let Some(code) = expr::of_type(value, &view.datatype(), &place, self.scope) {
                let schema = field.schema;
                given.push((field.id.0, FieldAs { schema }, code));
            }
        }
        self.push(
            place.strip_suffix(".invoke").unwrap_or(place),
            Op::Invoke {
                node: spot.0,
                endpoint: spot.1,
                cluster: cluster.id,
                command: known.id,
                fields: given,
                timed: known.is_timed(),
                label: format!("{device}: {command}").into(),
            },
        );
    }
}
