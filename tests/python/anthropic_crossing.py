"""The official `anthropic` package where the provider speaks another format: plain, streamed, tools, a refusal.

Usage: anthropic_crossing.py URL TEXT.
"""

import anthropic
from checks import CUTS, arguments, check

url, text = arguments()
client = anthropic.Anthropic(base_url=url, api_key="made-up", max_retries=0, timeout=20)
messages = [{"role": "user", "content": text}]
tools = [{"name": "note", "description": "Notes a text.", "input_schema": {"type": "object", "properties": {}}}]


def create(model="echo", **request):
    return client.messages.create(**{"model": model, "max_tokens": 4096, "messages": messages, **request})


def streamed(model="echo", **request):
    """The package's own account of a stream."""
    request = {"model": model, "max_tokens": 4096, "messages": messages, **request}
    with client.messages.stream(**request) as stream:
        return "".join(stream.text_stream), stream.get_final_message()


answer = create()
check("plain", (answer.content[0].text, answer.usage.output_tokens, answer.stop_reason), (text, 7, "end_turn"))

for cut in CUTS:
    pieces, answer = streamed(f"echo{cut}")
    check(f"streamed{cut}", (pieces, answer.content[0].text), (text, text))

answer = create(tools=tools)
call = answer.content[-1]
check("tool call", (call.type, call.input, answer.stop_reason), ("tool_use", {"echo": text}, "tool_use"))
history = messages + [
    {"role": "assistant", "content": [{"type": "tool_use", "id": call.id, "name": "note", "input": call.input}]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": text}]},
]
answer = create(messages=history, tools=tools, tool_choice={"type": "none"})
check("history", "".join(b.text for b in answer.content if b.type == "text").count(text) >= 1, True)
_, answer = streamed(tools=tools)
check("streamed tool call", answer.content[-1].input, {"echo": text})

try:
    create(container="made-up")
    raise SystemExit("what cannot be said elsewhere was not refused")
except anthropic.APIStatusError as error:
    check("refused", (error.status_code, error.body["error"]["type"]), (422, "invalid_request_error"))
