//! What a format declares about its bodies: which strings are text, which are structure, what must be
//! there. A shape is a tree of constants; the walk follows it and knows at each value where it stands.

/// What a string at some place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// Free text: scanned on the way out, restored on the way back.
    Text,
    /// JSON inside a string (tool arguments): its inner strings are text, escaped once more.
    EmbeddedJson,
    /// A value among a tool's arguments that stand as they are: text, and numbers mean something as well.
    Argument,
    /// An address: text, unless it carries its data in itself (`data:`), which is a document of its own.
    Url,
    /// A document in base64 (RFC 4648) or in a `data:` URL (RFC 2397), unless a [`Tag::DataKind`] beside it
    /// says otherwise.
    Data,
    /// Structure: roles, ids, enums. Never touched.
    Structure,
}

/// Names a field that a codec wants to see by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// Nothing special.
    Plain,
    /// The model's name.
    Model,
    /// Whether the answer is to be streamed.
    Stream,
    /// The answer's id.
    Id,
    /// The answer's time of creation.
    Created,
    /// The number of a choice within the answer.
    ChoiceIndex,
    /// The number of a tool call within a choice.
    ToolIndex,
    /// Why a choice ended; not null means that its slots are closed.
    FinishReason,
    /// The type of an event.
    Kind,
    /// The id of the item that an event is about.
    ItemId,
    /// The number of an output item or content block within the answer.
    ItemIndex,
    /// The number of a part within its item.
    PartIndex,
    /// The number of an event within its stream.
    SequenceNumber,
    /// Whether a part is a thought.
    Thought,
    /// A part of a message, as a whole.
    Part,
    /// The type of the part that an event is about.
    PartKind,
    /// Whether the answer is complete.
    Done,
    /// An error in the place of an answer.
    Fault,
    /// Tokens and their probabilities, which would show the pieces of placeholders.
    Logprobs,
    /// Another event inside a string, in base64.
    Bytes,
    /// A string of a thought, growing.
    GrowingReasoning,
    /// A string of a numbered detail of the reasoning, growing.
    GrowingDetail,
    /// A text inside of an array of parts, growing.
    GrowingPart,
    /// The text of a completion, growing.
    GrowingCompletion,
    /// What is said in a sound, growing.
    GrowingTranscript,
    /// A string that grows from event to event, directly below `delta`.
    GrowingText,
    /// The arguments of a tool call, growing.
    GrowingToolArguments,
    /// The input of a custom tool's call, growing.
    GrowingToolInput,
    /// The arguments of the older `function_call`, growing.
    GrowingFunctionArguments,
    /// How the [`Slot::Data`] beside it is written: `base64`, or `text` as it is.
    DataKind,
    /// Tokens of the prompt, as the provider counted them.
    InputTokens,
    /// Tokens of the answer, as the provider counted them.
    OutputTokens,
    /// A message, or the list of them.
    Message,
    /// Who speaks in the message around it.
    Role,
    /// What the operator says: instructions, the descriptions of tools.
    SystemText,
    /// What a tool gave back, or a document.
    ToolResult,
    /// What a provider sealed its thoughts with.
    Seal,
}

/// A set of JSON types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Types(u8);

impl Types {
    /// `"…"`
    pub const STRING: Self = Self(1);
    /// `[…]`
    pub const ARRAY: Self = Self(2);
    /// `{…}`
    pub const OBJECT: Self = Self(4);
    /// A number.
    pub const NUMBER: Self = Self(8);
    /// `true` or `false`
    pub const BOOL: Self = Self(16);
    /// `null`
    pub const NULL: Self = Self(32);
    /// Whatever stands there.
    pub const ANY: Self = Self(63);

    /// Both sets together.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` lie in this set.
    #[must_use]
    pub const fn holds(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// A member that a format declares.
#[derive(Debug)]
pub struct Field {
    /// The member's name.
    pub name: &'static str,
    /// What the codec calls it.
    pub tag: Tag,
    /// What stands there.
    pub shape: &'static Shape,
    /// The types that the format knows here.
    pub types: Types,
    /// Whether a body without it is refused.
    pub required: bool,
}

impl Field {
    /// A member of any type that nothing special is known of.
    #[must_use]
    pub const fn new(name: &'static str, shape: &'static Shape) -> Self {
        Self { name, tag: Tag::Plain, shape, types: Types::ANY, required: false }
    }

    /// The same member once more.
    #[must_use]
    pub const fn again(&self) -> Self {
        let Self { name, tag, shape, types, required } = *self;
        Self { name, tag, shape, types, required }
    }

    /// The same member, with a tag.
    #[must_use]
    pub const fn tagged(mut self, tag: Tag) -> Self {
        self.tag = tag;
        self
    }

    /// The same member, of these types only.
    #[must_use]
    pub const fn typed(mut self, types: Types) -> Self {
        self.types = types;
        self
    }

    /// The same member, required.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }
}

/// What stands at some place of a body.
#[derive(Debug)]
pub struct Shape {
    /// What a string (or a number) here is.
    pub slot: Slot,
    /// The declared members of an object here, at most 64.
    pub fields: &'static [Field],
    /// The shape and tag of members that are not declared; their names are text as well.
    pub rest: Option<&'static Shape>,
    /// The tag of members that are not declared.
    pub rest_tag: Tag,
    /// The shape of an array's items here; none means the same shape again.
    pub item: Option<&'static Shape>,
    /// The types of an array's items here.
    pub item_types: Types,
}

/// Text at every depth: what is not known is scanned.
pub static TEXT: Shape = Shape::leaf(Slot::Text);
/// A tool's arguments that stand as they are.
pub static ARGUMENTS: Shape = Shape::leaf(Slot::Argument);
/// Structure at every depth: never touched.
pub static STRUCTURE: Shape = Shape::leaf(Slot::Structure);
/// An address or data in its place.
pub static URL: Shape =
    Shape { slot: Slot::Url, rest: Some(&TEXT), item: Some(&TEXT), ..Shape::leaf(Slot::Text) };
/// A document.
pub static DATA: Shape = Shape { slot: Slot::Data, ..Shape::leaf(Slot::Text).open() };
/// A string that holds JSON.
pub static EMBEDDED_JSON: Shape =
    Shape { slot: Slot::EmbeddedJson, rest: Some(&TEXT), item: Some(&TEXT), ..Shape::leaf(Slot::Text) };

/// A string or null.
pub const TEXT_OR_NULL: Types = Types::STRING.or(Types::NULL);
/// An array or null.
pub const LIST_OR_NULL: Types = Types::ARRAY.or(Types::NULL);
/// An object or null.
pub const OBJECT_OR_NULL: Types = Types::OBJECT.or(Types::NULL);

/// A member that is structure.
#[must_use]
pub const fn structure(name: &'static str) -> Field {
    Field::new(name, &STRUCTURE)
}

/// The member that says who speaks in a message.
#[must_use]
pub const fn role() -> Field {
    structure("role").tagged(Tag::Role)
}

/// A member with a provider's signature of its own thoughts, or the thoughts as only it can read them.
#[must_use]
pub const fn seal(name: &'static str) -> Field {
    structure(name).tagged(Tag::Seal)
}

/// A member that holds an object of `shape`.
#[must_use]
pub const fn object(name: &'static str, shape: &'static Shape) -> Field {
    Field::new(name, shape).typed(OBJECT_OR_NULL)
}

impl Shape {
    /// The same slot at every depth below.
    #[must_use]
    pub const fn leaf(slot: Slot) -> Self {
        Self { slot, fields: &[], rest: None, rest_tag: Tag::Plain, item: None, item_types: Types::ANY }
    }

    /// The same, with text at every depth below.
    #[must_use]
    pub const fn open(self) -> Self {
        Self { rest: Some(&TEXT), item: Some(&TEXT), ..self }
    }

    /// An object with declared members; all others are text.
    #[must_use]
    pub const fn object(fields: &'static [Field]) -> Self {
        Self { fields, rest: Some(&TEXT), ..Self::leaf(Slot::Text) }
    }

    /// An array of `item`.
    #[must_use]
    pub const fn array(item: &'static Shape, item_types: Types) -> Self {
        Self { item: Some(item), item_types, rest: Some(&TEXT), ..Self::leaf(Slot::Text) }
    }

    /// The same, where strings that stand in the place of the object are of `slot`.
    #[must_use]
    pub const fn or_string(mut self, slot: Slot) -> Self {
        self.slot = slot;
        self
    }

    /// The declared member of this name and its number.
    #[inline]
    pub(super) fn field(&self, name: &[u8]) -> Option<(usize, &'static Field)> {
        self.fields.iter().enumerate().find(|(_, f)| f.name.as_bytes() == name)
    }
}
