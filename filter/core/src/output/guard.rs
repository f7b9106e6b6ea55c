//! One set of policies that is asked about one answer.

use core::fmt;
use core::ops::Range;
use std::rc::Rc;

use crate::bytes::{cut, is_word};
use crate::entity::{EntityType, Hit};
use crate::formats::Usage;
use crate::limits::estimate_tokens;
use crate::mask::find_under;
use crate::order;
use crate::policy::policies::{Condition, Count, Effect, Rule};
use crate::policy::redaction::Strategy;
use crate::policy::{Masking, Overrides, Policies, Policy};
use crate::refusal::{Code, Refusal};
use crate::tokens::TokenMap;
use crate::tokens::bent::View;

/// Where a hit covers a placeholder of the request, what is left of it counts from so many letters and digits on.
const MIN_REMAINDER: usize = 8;

/// What is known of the request when its answer is asked about.
pub struct Seen<'a> {
    /// The name that the caller gives itself.
    pub agent: &'a [u8],
    /// What its key has masked otherwise than the policy does.
    pub overrides: Option<&'a Overrides>,
    /// The model as the client wrote it.
    pub model: &'a str,
    /// The provider's name.
    pub provider: &'a str,
    /// The request's injection score.
    pub score: Option<f32>,
    /// Bytes of the request's text.
    pub text_bytes: u64,
}

impl fmt::Debug for Seen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seen")
    }
}

/// What was found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    /// A value.
    Value(EntityType),
    /// What the pattern of the policy of this number matches.
    Match(usize),
}

/// Something that was found, and where in its text.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) range: Range<usize>,
    pub(crate) what: What,
}

/// A policy that is for this answer.
struct Asked {
    /// Its number in the policy.
    rule: usize,
    /// Whether its condition holds, where that is known from the beginning.
    known: Option<bool>,
    fired: bool,
}

/// One set of policies that is asked about one answer.
pub struct Guard {
    policy: Rc<Policy>,
    shadow: bool,
    /// The masking of the caller's key, where it has one of its own.
    own: Option<Masking>,
    asked: Vec<Asked>,
    holds: bool,
    blocks: bool,
    /// Whether values are looked for.
    values: bool,
    /// Estimate of the request's tokens.
    input: u64,
    text_bytes: u64,
    usage: Usage,
    blocked: bool,
    hits: Vec<Hit>,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Guard({} policies)", self.asked.len())
    }
}

/// The policies and the masking that a guard goes by.
fn set(policy: &Policy, shadow: bool) -> (&Policies, &Masking) {
    match policy.shadow.as_ref().filter(|_| shadow) {
        Some(tried) => (&tried.policies, &tried.masking),
        None => (&policy.policies, &policy.masking),
    }
}

impl Guard {
    /// The guard of an answer; none where no policy of the response phase is for it. What depends on the request alone
    /// has been asked.
    #[must_use]
    pub fn new(policy: &Rc<Policy>, shadow: bool, seen: &Seen<'_>) -> Option<Self> {
        if shadow && policy.shadow.is_none() {
            return None;
        }
        let (policies, _) = set(policy, shadow);
        if !policies.watch() {
            return None;
        }
        let model = policy.models.resolve(seen.model);
        let mut asked = Vec::new();
        for (number, rule) in policies.answers.iter().enumerate().filter(|(_, rule)| rule.is_for(seen.agent))
        {
            let known = match &rule.condition {
                Condition::ModelName(globs) => Some(model.is_named(globs, seen.provider)),
                Condition::InjectionScore(threshold) => Some(seen.score.is_some_and(|s| s >= *threshold)),
                _ => None,
            };
            asked.push(Asked { rule: number, known, fired: false });
        }
        if asked.is_empty() {
            return None;
        }
        let rules = || asked.iter().filter_map(|a| policies.answers.get(a.rule));
        let blocks = !shadow && rules().any(|rule| rule.effect == Effect::Block);
        let redacts = |rule: &Rule| matches!(rule.effect, Effect::Redact(_));
        let holds = blocks || !shadow && rules().any(redacts);
        let values = rules().any(|rule| match rule.condition {
            Condition::PiiDetected(_) => true,
            Condition::ContentPattern(..) => false,
            _ => redacts(rule),
        });
        let mut guard = Self {
            policy: policy.clone(),
            shadow,
            own: seen.overrides.filter(|_| !shadow).map(|overrides| policy.masking.with(overrides)),
            holds,
            blocks,
            values,
            input: estimate_tokens(seen.text_bytes),
            text_bytes: 0,
            usage: Usage::default(),
            blocked: false,
            hits: Vec::new(),
            asked,
        };
        guard.ask(&[], true);
        Some(guard)
    }

    /// Whether it may change the answer, so that its text waits for a decision.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.holds
    }

    /// Whether it may refuse the answer, so that even its headers wait.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.blocks
    }

    /// Whether a policy has refused the answer.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// How much of a growing text waits, in characters.
    pub(crate) fn window(&self) -> usize {
        self.policy.output.window
    }

    fn masking(&self) -> &Masking {
        self.own.as_ref().unwrap_or(set(&self.policy, self.shadow).1)
    }

    fn fired(&self) -> impl Iterator<Item = &Rule> {
        let rules = &set(&self.policy, self.shadow).0.answers;
        self.asked.iter().filter(|asked| asked.fired).filter_map(|asked| rules.get(asked.rule))
    }

    /// Ids of the policies that have fired, in their order, each with what it does.
    pub(crate) fn effects(&self) -> impl Iterator<Item = (&str, Effect)> {
        self.fired().map(|rule| (&*rule.id, rule.effect))
    }

    /// Ids of the policies that have fired, in their order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.fired().map(|rule| &*rule.id)
    }

    /// Names of the policies that warn.
    pub fn warnings(&self) -> impl Iterator<Item = &str> {
        self.fired().filter(|rule| rule.effect == Effect::Warn).map(|rule| &*rule.shown)
    }

    /// The refusal of the policy that has refused the answer.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        let rule = self.fired().find(|rule| self.blocked && rule.effect == Effect::Block)?;
        Some(Refusal::new(Code::PolicyViolation, format!("the policy `{}` forbids this answer", rule.shown)))
    }

    /// Takes in what the provider says of the tokens.
    pub(crate) fn count(&mut self, usage: Usage) {
        self.usage =
            Usage { input: usage.input.or(self.usage.input), output: usage.output.or(self.usage.output) };
    }

    /// Takes in so much text of the answer.
    pub(crate) fn add_text(&mut self, bytes: usize) {
        self.text_bytes = self.text_bytes.saturating_add(bytes as u64);
    }

    fn tokens(&self, count: Count) -> u64 {
        let input = self.usage.input.unwrap_or(self.input);
        // While a stream grows, some providers say that one token has come.
        let output = estimate_tokens(self.text_bytes).max(self.usage.output.unwrap_or(0));
        match count {
            Count::Input => input,
            Count::Output => output,
            Count::Total => input.saturating_add(output),
        }
    }

    /// Asks all policies in their order about what was found, until one blocks; those that block only where `may_block`.
    pub(crate) fn ask(&mut self, spans: &[Span], may_block: bool) {
        let policy = self.policy.clone();
        let rules = &set(&policy, self.shadow).0.answers;
        for number in 0..self.asked.len() {
            let Some(Asked { rule, known, fired: false }) = self.asked.get(number) else { continue };
            let Some(rule) = rules.get(*rule).filter(|_| !self.blocked) else { continue };
            let holds = match &rule.condition {
                Condition::TokenCount(threshold, count) => self.tokens(*count) >= *threshold,
                Condition::PiiDetected(types) => spans.iter().any(|span| is_value_of(types, span.what)),
                Condition::ContentPattern(..) => spans.iter().any(|span| span.what == What::Match(number)),
                Condition::ModelName(_) | Condition::InjectionScore(_) => known.unwrap_or_default(),
            };
            if !holds || rule.effect == Effect::Block && !may_block {
                continue;
            }
            self.blocked |= rule.effect == Effect::Block;
            if let Some(asked) = self.asked.get_mut(number) {
                asked.fired = true;
            }
        }
    }

    /// How what was found is redacted: by the first policy that says so.
    fn strategy(&self, what: What) -> Option<Strategy> {
        let rules = &set(&self.policy, self.shadow).0.answers;
        self.asked.iter().enumerate().find_map(|(number, asked)| {
            let rule = rules.get(asked.rule)?;
            let Effect::Redact(strategy) = rule.effect else { return None };
            let concerns = match &rule.condition {
                Condition::PiiDetected(types) => is_value_of(types, what),
                Condition::ContentPattern(..) => what == What::Match(number),
                _ => asked.fired && is_value_of(&[], what),
            };
            concerns.then_some(strategy)
        })
    }

    /// Writes what stands in the place of `text`; returns whether it is replaced at all.
    pub(crate) fn write(&self, what: What, text: &[u8], out: &mut Vec<u8>) -> bool {
        let Some(strategy) = self.strategy(what).filter(|_| !self.shadow) else { return false };
        let masking = self.masking();
        let salt = masking.salt.unwrap_or_default();
        match what {
            What::Value(entity) => {
                strategy.write(out, &salt, masking.name(entity), text, &entity.canonical(text));
            }
            What::Match(_) => strategy.write(out, &salt, crate::policy::redaction::MATCH_NAME, text, text),
        }
        true
    }

    /// Whether what was found would be replaced.
    pub(crate) fn replaces(&self, what: What) -> bool {
        !self.shadow && self.strategy(what).is_some()
    }

    /// Replaces `spans` by what stands in `text`, which is found under `label`, in order and without overlaps.
    pub(crate) fn find(&mut self, tokens: &TokenMap, label: &[u8], text: &[u8], spans: &mut Vec<Span>) {
        spans.clear();
        let policy = self.policy.clone();
        let (policies, masking) = set(&policy, self.shadow);
        if self.values {
            let masking = self.own.as_ref().unwrap_or(masking);
            find_under(label, text, masking, &mut self.hits, None);
            if !self.hits.is_empty() {
                let placeholders = placeholders(tokens, text);
                for hit in &self.hits {
                    let is_own = tokens.is_own(hit.entity, cut(text, hit.range.clone()));
                    if !is_own {
                        outside(text, hit, &placeholders, spans);
                    }
                }
            }
        }
        let mut readable = None;
        for (number, asked) in self.asked.iter().enumerate() {
            let Some(Condition::ContentPattern(regex, _)) =
                policies.answers.get(asked.rule).map(|rule| &rule.condition)
            else {
                continue;
            };
            let text = *readable.get_or_insert_with(|| core::str::from_utf8(text).unwrap_or_default());
            let matches = regex.find_iter(text).filter(|m| !m.is_empty());
            spans.extend(matches.map(|m| Span { range: m.range(), what: What::Match(number) }));
        }
        order::by_key(spans, &|span| (span.range.start, core::cmp::Reverse(span.range.end)));
    }
}

fn is_value_of(types: &[EntityType], what: What) -> bool {
    matches!(what, What::Value(entity) if types.is_empty() || types.contains(&entity))
}

/// Where placeholders of the map stand.
fn placeholders(tokens: &TokenMap, text: &[u8]) -> Vec<Range<usize>> {
    let (view, mut all, mut done) = (View::whole(text), Vec::new(), 0);
    while let Some((found, _)) = tokens.find(&view, done, text.len()) {
        done = found.end;
        all.push(found);
    }
    all
}

/// Adds what a hit covers outside of placeholders.
fn outside(text: &[u8], hit: &Hit, placeholders: &[Range<usize>], spans: &mut Vec<Span>) {
    let (mut start, end, what) = (hit.range.start, hit.range.end, What::Value(hit.entity));
    let mut within = placeholders.iter().filter(|p| p.start < end && p.end > hit.range.start).peekable();
    if within.peek().is_none() {
        return spans.push(Span { range: hit.range.clone(), what });
    }
    let mut add = |range: Range<usize>| {
        if cut(text, range.clone()).iter().filter(|b| is_word(**b)).count() >= MIN_REMAINDER {
            spans.push(Span { range, what });
        }
    };
    for placeholder in within {
        add(start..placeholder.start.max(start));
        start = placeholder.end;
    }
    add(start..end.max(start));
}
