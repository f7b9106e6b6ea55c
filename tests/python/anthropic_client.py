"""The official `anthropic` package: plain, streamed, tools, thinking, citations, documents and errors.

Usage: anthropic_client.py URL TEXT.
"""

import base64

import anthropic
from checks import CUTS, arguments, check, check_times

url, text = arguments()
client = anthropic.Anthropic(base_url=url, api_key="made-up", max_retries=0, timeout=20)
messages = [{"role": "user", "content": text}]
tools = [{"name": "note", "description": "Notes a text.", "input_schema": {"type": "object", "properties": {}}}]
thinking = {"type": "enabled", "budget_tokens": 1024}


def create(model="echo", **request):
    return client.messages.create(**{"model": model, "max_tokens": 4096, "messages": messages, **request})


def streamed(model="echo", **request):
    """The package's own account of a stream."""
    request = {"model": model, "max_tokens": 4096, "messages": messages, **request}
    with client.messages.stream(**request) as stream:
        return "".join(stream.text_stream), stream.get_final_message()


answer = create()
check("plain", (answer.content[0].text, answer.usage.output_tokens), (text, 7))
answer = create(system=[{"type": "text", "text": text}], messages=[{"role": "user", "content": [{"type": "text", "text": text}]}])
check("system and parts", answer.content[0].text, f"{text}\n{text}")

for cut in CUTS:
    pieces, answer = streamed(f"echo{cut}")
    check(f"streamed{cut}", (pieces, answer.content[0].text), (text, text))
    check(f"streamed{cut}, usage", answer.usage.output_tokens, 7)
pieces = [event.delta.text for event in create(stream=True) if event.type == "content_block_delta"]
check("raw events", "".join(pieces), text)

answer = create(tools=tools)
call = answer.content[0]
check("tool call", (answer.stop_reason, call.input), ("tool_use", {"echo": text}))

history = messages + [
    {"role": "assistant", "content": [call.model_dump(mode="json", exclude_none=True, include={"type", "id", "name", "input"})]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": [{"type": "text", "text": text}]}]},
]
answer = create(messages=history, tools=tools)
check_times("tool result", answer.content[0].text, text, 3)

_, answer = streamed("echo-nasty", tools=tools)
check("streamed tool call", answer.content[0].input, {"echo": text})

answer = create(thinking=thinking)
check("thinking", (answer.content[0].thinking, answer.content[1].text), (text, text))
pieces, answer = streamed("echo-nasty", thinking=thinking)
check("streamed thinking", (answer.content[0].thinking, pieces), (text, text))
# Thinking goes back unchanged, with its signature, and is followed by the next turn.
blocks = [block.model_dump(mode="json", exclude_none=True) for block in answer.content]
blocks = [{k: b[k] for k in ("type", "thinking", "signature", "text") if k in b} for b in blocks]
history = messages + [{"role": "assistant", "content": blocks}, {"role": "user", "content": text}]
check_times("thinking in the history", create(messages=history).content[0].text, text, 4)

answer = create("echo-cited")
check("citation", answer.content[0].citations[0].cited_text, text)
_, answer = streamed("echo-cited-nasty")
check("streamed citation", answer.content[0].citations[0].cited_text, text)

data = base64.b64encode(text.encode()).decode()
for source in ({"type": "text", "media_type": "text/plain", "data": text}, {"type": "base64", "media_type": "text/plain", "data": data}):
    document = {"type": "document", "title": "notes", "source": source}
    answer = create(messages=[{"role": "user", "content": [document]}])
    # A title is text as well, and a document in plain text comes back as it was sent.
    check_times(f"document ({source['type']})", answer.content[0].text, text, 1)

check("count", client.messages.count_tokens(model="echo", messages=messages).input_tokens, 11)

try:
    create("error")
    raise SystemExit("an error was not raised")
except anthropic.RateLimitError as error:
    check("error", error.body["error"]["message"], f"too much of this: {text}")
try:
    streamed("echo-then-error")
    raise SystemExit("an error in a stream was not raised")
except anthropic.APIError as error:
    check("error in a stream", error.body["error"]["message"], f"no more of this: {text}")

print("anthropic: plain, streamed, tools, thinking, citations, documents and errors are as they should be")
