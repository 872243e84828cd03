//! What a reader may do with an incident. Only what they may do now is shown; each is a form of its own that posts to
//! a child of the room named like the API's verb.

use askama::Template;
use askama::filters::HtmlSafe;
use hub::escalation::Priority;

use crate::face::Choice;
use crate::incident::report::Question;
use crate::typed::Typed;

/// The verbs, in the side column. A live frame replaces it by its id, `room-actions`, unless somebody is writing in it.
///
/// Fields: `assign` sends `to`; `confirm-severity` sends `answers.…` (a blank is not sent on); `override` sends
/// `priority` and `reason`; `resolve` sends `cause` and `text`; `release` and `reopen` send `reason`; `edit` sends
/// `status` and `version`. The controls' ids are `<verb>.<field>`: give `typed` through [`Typed::within`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Template)]
#[template(path = "room/_actions.html")]
pub struct Actions {
    /// As `ALD-42`.
    pub reference: String,
    /// The incident's version at the moment of the page.
    pub version: i64,
    /// May claim.
    pub claim: bool,
    /// May acknowledge.
    pub acknowledge: bool,
    /// May say that it waits for the authority (`waiting`), or goes on (`working`): value and words of the button.
    pub status: Option<Choice>,
    /// The lowering that is proposed and may be confirmed.
    pub lowering: Option<Priority>,
    /// May confirm the severity: the questions with what is known; empty hides it.
    pub severity: Vec<Question>,
    /// What is known to these questions, by axis.
    pub answers: Vec<(String, String)>,
    /// Whom it may be given to, addresses and names; empty hides it.
    pub assign: Vec<Choice>,
    /// Levels it may be set to; empty hides it.
    pub levels: Vec<Choice>,
    /// What to know before: "One level up, twice a day."
    pub levels_hint: String,
    /// An official says that it gets worse: to this level, one up.
    pub worse: Option<Priority>,
    /// May say in one press that voting is stopped.
    pub stops: bool,
    /// May give it back.
    pub release: bool,
    /// May resolve: the causes to pick from; empty hides it.
    pub causes: Vec<Choice>,
    /// May close.
    pub close: bool,
    /// May reopen.
    pub reopen: bool,
    /// May correct the report.
    pub edit: bool,
    /// The form that came back, with its problems.
    pub typed: Typed,
}

impl HtmlSafe for Actions {}

impl Actions {
    /// The room, which the forms post to children of.
    fn at(&self) -> String {
        format!("/incidents/{}", self.reference)
    }

    /// Whether there is anything at all.
    pub(crate) fn any(&self) -> bool {
        self.claim
            || self.acknowledge
            || self.status.is_some()
            || self.lowering.is_some()
            || !self.severity.is_empty()
            || !self.assign.is_empty()
            || !self.levels.is_empty()
            || self.worse.is_some()
            || self.stops
            || self.release
            || !self.causes.is_empty()
            || self.close
            || self.reopen
            || self.edit
    }

    /// What stands in the answer to a question: what came back, else what is known.
    fn answered(&self, question: &Question, value: &str) -> bool {
        let came_back = self.typed.value(&format!("confirm-severity.{}", question.field()));
        if came_back.is_empty() {
            self.answers.iter().any(|(axis, known)| *axis == question.axis && known == value)
        } else {
            came_back == value
        }
    }
}
