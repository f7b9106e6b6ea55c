//! `policies`: rules of the control plane, asked in their order when the texts of a request are known.
//!
//! A policy has one condition and one action. The first that blocks ends the request; those that redact or warn go
//! on to the next. Those of the response phase are asked about the answer, by [`crate::output`]. Limits:
//! [`MAX_POLICIES`] policies, [`MAX_PATTERNS`] of them with a pattern.

use core::fmt;

use super::Verdict;
use super::models::{Asked, Globs};
use super::redaction::Strategy;
use crate::by_type::ByType;
use crate::entity::EntityType;
use crate::injection::Origin;
use crate::limits::estimate_tokens;

mod reading;

pub(super) use reading::compile;

/// Most policies.
pub const MAX_POLICIES: usize = 256;
/// Most policies that look for a pattern: each is one more pass over every text.
pub const MAX_PATTERNS: usize = 64;

/// Whose texts a pattern is looked for in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// All but the operator's.
    Messages,
    /// The operator's.
    System,
}

impl Field {
    /// Whether a text of this origin belongs to it.
    #[must_use]
    pub fn holds(self, origin: Origin) -> bool {
        (self == Self::System) == (origin == Origin::System)
    }
}

/// Which tokens are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    Input,
    Output,
    Total,
}

pub(crate) enum Condition {
    InjectionScore(f32),
    /// One of these types, or any where there are none.
    PiiDetected(Vec<EntityType>),
    TokenCount(u64, Count),
    ModelName(Globs),
    /// In the response phase the field is the answer.
    ContentPattern(regex_lite::Regex, Field),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Block,
    Redact(Strategy),
    Warn,
}

pub(crate) struct Rule {
    pub(crate) id: Box<str>,
    /// The name where it can stand in a header, else the id.
    pub(crate) shown: Box<str>,
    /// None where it is for all.
    agent: Option<Box<str>>,
    pub(crate) condition: Condition,
    pub(crate) effect: Effect,
}

impl Rule {
    /// Whether it is for a caller that names itself so.
    pub(crate) fn is_for(&self, agent: &[u8]) -> bool {
        self.agent.as_ref().is_none_or(|a| a.as_bytes() == agent)
    }
}

/// The policies that are switched on.
#[derive(Default)]
pub struct Policies {
    /// Those of the request phase.
    rules: Vec<Rule>,
    /// Those of the response phase.
    pub(crate) answers: Vec<Rule>,
}

impl fmt::Debug for Policies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Patterns can quote what they are to find.
        write!(f, "Policies({}, {} of answers)", self.rules.len(), self.answers.len())
    }
}

/// A pattern that texts are looked through for.
#[derive(Clone, Copy)]
pub struct Pattern<'p> {
    /// What is looked for.
    pub regex: &'p regex_lite::Regex,
    /// Whether its matches may be replaced.
    pub redacts: bool,
}

impl fmt::Debug for Pattern<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pattern")
    }
}

/// What is known of a request when its policies are asked.
pub struct Facts<'a> {
    /// The highest injection score of what does not come from the operator.
    pub score: Option<f32>,
    /// How many values of each type were found.
    pub counts: &'a ByType<u32>,
    /// Bytes of text.
    pub text_bytes: u64,
    /// The model.
    pub model: Asked<'a>,
    /// The provider's name.
    pub provider: &'a str,
    /// Whether the pattern of this number stands in a text of a field.
    pub matched: &'a dyn Fn(usize, Field) -> bool,
}

impl fmt::Debug for Facts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Facts")
    }
}

/// What policies redact in a request.
#[derive(Debug, Default)]
pub struct Redactions<'p> {
    /// Values of these types, or of all where there are none.
    values: Vec<(&'p [EntityType], Strategy)>,
    /// What the pattern of this number found in a field.
    matches: Vec<(usize, Field, Strategy)>,
}

impl Redactions<'_> {
    /// How values of a type are redacted, where a policy says so.
    #[must_use]
    pub fn of_value(&self, entity: EntityType) -> Option<Strategy> {
        let named = |types: &[EntityType]| types.is_empty() || types.contains(&entity);
        self.values.iter().find(|(types, _)| named(types)).map(|(_, strategy)| *strategy)
    }

    /// How what a pattern found in a text of this origin is redacted.
    #[must_use]
    pub fn of_match(&self, pattern: usize, origin: Origin) -> Option<Strategy> {
        let found = self.matches.iter().find(|(n, field, _)| *n == pattern && field.holds(origin));
        found.map(|(_, _, strategy)| *strategy)
    }
}

impl Policies {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.answers.is_empty()
    }

    /// Whether one redacts by tokens.
    pub(super) fn tokenize(&self) -> bool {
        let tokenizes = |rule: &Rule| rule.effect == Effect::Redact(Strategy::Tokenize);
        self.rules.iter().chain(&self.answers).any(tokenizes)
    }

    /// Whether the answer is asked about, whoever the caller is.
    #[must_use]
    pub fn watch(&self) -> bool {
        !self.answers.is_empty()
    }

    /// Whether one of the request phase asks for the request's score, whoever the caller is.
    #[must_use]
    pub fn scores(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule.condition, Condition::InjectionScore(_)))
    }

    /// Whether one of the response phase asks for the request's score.
    #[must_use]
    pub fn watch_scores(&self) -> bool {
        self.answers.iter().any(|rule| matches!(rule.condition, Condition::InjectionScore(_)))
    }

    /// Those that are for a caller that names itself so.
    #[must_use]
    pub fn of(&self, agent: &[u8]) -> Active<'_> {
        Active { rules: self.rules.iter().filter(|rule| rule.is_for(agent)).collect() }
    }
}

/// The policies of one request.
pub struct Active<'p> {
    rules: Vec<&'p Rule>,
}

impl fmt::Debug for Active<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Active({})", self.rules.len())
    }
}

impl<'p> Active<'p> {
    /// Whether one asks for the score.
    #[must_use]
    pub fn scores(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule.condition, Condition::InjectionScore(_)))
    }

    /// Whether one may redact values.
    #[must_use]
    pub fn redacts(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule.effect, Effect::Redact(_)))
    }

    /// What the policy of an id does.
    pub(crate) fn effect(&self, id: &str) -> Option<Effect> {
        self.rules.iter().find(|rule| &*rule.id == id).map(|rule| rule.effect)
    }

    /// Whether one may remove messages.
    #[must_use]
    pub fn drops(&self) -> bool {
        self.rules.iter().any(|rule| rule.effect == Effect::Redact(Strategy::Drop))
    }

    /// The patterns to look for, numbered in their order.
    #[must_use]
    pub fn patterns(&self) -> Vec<Pattern<'p>> {
        let pattern = |rule: &&'p Rule| match &rule.condition {
            Condition::ContentPattern(regex, _) => {
                Some(Pattern { regex, redacts: matches!(rule.effect, Effect::Redact(_)) })
            }
            _ => None,
        };
        self.rules.iter().filter_map(pattern).collect()
    }

    /// Asks all until one blocks. Adds what fired to `verdict`, and returns what is redacted.
    #[must_use]
    pub fn judge(&self, facts: &Facts<'_>, verdict: &mut Verdict) -> Redactions<'p> {
        let mut redactions = Redactions::default();
        let mut patterns = 0..;
        for rule in &self.rules {
            if verdict.blocked.is_some() {
                break;
            }
            let number = match rule.condition {
                Condition::ContentPattern(..) => patterns.next().unwrap_or_default(),
                _ => 0,
            };
            if !rule.condition.holds(facts, number) {
                continue;
            }
            verdict.fired.push(rule.id.to_string());
            match rule.effect {
                Effect::Block => verdict.blocked = Some(rule.shown.to_string()),
                Effect::Warn => verdict.warnings.push(rule.shown.to_string()),
                Effect::Redact(strategy) => match &rule.condition {
                    Condition::ContentPattern(_, field) => {
                        redactions.matches.push((number, *field, strategy));
                    }
                    Condition::PiiDetected(types) => redactions.values.push((types, strategy)),
                    _ => redactions.values.push((&[], strategy)),
                },
            }
        }
        redactions
    }
}

impl Condition {
    fn holds(&self, facts: &Facts<'_>, pattern: usize) -> bool {
        match self {
            Self::InjectionScore(threshold) => facts.score.is_some_and(|score| score >= *threshold),
            Self::PiiDetected(types) if types.is_empty() => !facts.counts.is_empty(),
            Self::PiiDetected(types) => types.iter().any(|entity| facts.counts.get(*entity).is_some()),
            // Of an answer nothing is known yet.
            Self::TokenCount(threshold, _) => estimate_tokens(facts.text_bytes) >= *threshold,
            Self::ModelName(globs) => facts.model.is_named(globs, facts.provider),
            Self::ContentPattern(_, field) => (facts.matched)(pattern, *field),
        }
    }
}
