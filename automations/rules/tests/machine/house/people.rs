//! What people do: rules, scenes and variables are saved, and things asked.

use hub_engine::{Edit, ObjectKind, Principal, Request};
use rules::face;
use rules::machine::{self, Order, Person, Refused};
use rules::problem::Problem;
use rules::trace::RunId;

use super::{House, read_rule};

impl House {
    /// Saves a rule that must have no problems.
    pub(crate) fn rule(&mut self, text: &str) {
        let problems = self.check(text);
        assert_eq!(problems, [], "{text}");
        self.rule_unchecked(text);
    }

    /// What is wrong with a rule.
    pub(crate) fn check(&mut self, text: &str) -> Vec<Problem> {
        let rule = read_rule(text);
        self.machine.check_rule(&rule)
    }

    /// The errors of a rule, in words.
    pub(crate) fn errors(&mut self, text: &str) -> String {
        let problems = self.check(text);
        let errors = problems.iter().filter(|problem| problem.is_error());
        errors
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The warnings of a rule, in words.
    pub(crate) fn warnings(&mut self, text: &str) -> String {
        let problems = self.check(text);
        assert!(!problems.iter().any(Problem::is_error), "{problems:?}");
        problems
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Saves a rule whatever is wrong with it.
    pub(crate) fn rule_unchecked(&mut self, text: &str) {
        let rule = read_rule(text);
        let body = face::rule_to_json(&rule).to_string();
        self.put(machine::RULE, &rule.id, Some(&body));
    }

    /// Saves a rule, unless it is as it is already.
    pub(crate) fn rule_if_other(&mut self, text: &str) {
        let rule = read_rule(text);
        if self
            .machine
            .rule(&rule.id)
            .is_none_or(|view| *view.rule != rule)
        {
            self.rule_unchecked(text);
        }
    }

    pub(crate) fn remove_rule(&mut self, id: &str) {
        self.put(machine::RULE, id, None);
    }

    pub(crate) fn scene(&mut self, text: &str) {
        let scene = face::scene_from_text(text)
            .unwrap_or_else(|e| panic!("{text}: {e:?}"))
            .what;
        assert_eq!(self.machine.check_scene(&scene), []);
        let body = face::scene_to_json(&scene).to_string();
        self.put(machine::SCENE, &scene.id, Some(&body));
    }

    /// Declares a variable of the home.
    pub(crate) fn variable(&mut self, name: &str, body: &str) {
        self.put(machine::VARIABLE, name, Some(body));
    }

    /// Some variables that tests like.
    pub(crate) fn variables(&mut self) {
        let mode = r#"{"type":"choice","options":["day","evening","night"],"initial":"day"}"#;
        self.variable("mode", mode);
        self.variable("count", r#"{"type":"number","initial":0}"#);
        self.variable("flag", r#"{"type":"bool","initial":false}"#);
        self.wait_s(1);
    }

    pub(crate) fn put(&mut self, kind: &str, id: &str, body: Option<&str>) {
        self.edit(Edit::PutObject {
            kind: ObjectKind::new(kind),
            id: id.to_owned(),
            body: body.map(Into::into),
        });
    }

    pub(crate) fn edit(&mut self, edit: Edit) {
        let request = Request::Edit {
            edit,
            reason: String::new(),
        };
        self.engine
            .handle_request(&Principal::console(), request, self.now);
        self.pump();
        if let Some(refused) = self.refused.pop_front() {
            panic!("{refused}");
        }
    }

    pub(crate) fn order(&mut self, order: &Order) -> Result<Option<RunId>, Refused> {
        let done = self
            .machine
            .handle_order(order, &Person(Some("anna".into())), self.now);
        self.after_machine();
        self.pump();
        done
    }

    pub(crate) fn assign(&mut self, variable: &str, value: serde_json::Value) {
        let order = Order::Assign {
            variable: variable.into(),
            value,
        };
        self.order(&order).unwrap();
    }
}
