"""The official `openai` package against the gateway: plain, streamed, tools, and a refusal.

Usage: openai_client.py BASE_URL TEXT. Exits non-zero with the first thing that is not as it should be.
"""

import json
import sys

import openai

base_url, text = sys.argv[1], sys.argv[2]
client = openai.OpenAI(base_url=base_url, api_key="made-up", max_retries=0, timeout=20)
messages = [{"role": "user", "content": text}]
tools = [{"type": "function", "function": {"name": "note", "parameters": {"type": "object", "properties": {}}}}]


def check(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: got {got!r}, wanted {wanted!r}")


answer = client.chat.completions.create(model="echo", messages=messages)
check("plain", answer.choices[0].message.content, text)
check("usage", answer.usage.total_tokens, 18)

pieces, usage = [], None
for chunk in client.chat.completions.create(
    model="echo", messages=messages, stream=True, stream_options={"include_usage": True}
):
    usage = chunk.usage or usage
    pieces += [choice.delta.content or "" for choice in chunk.choices]
check("streamed", "".join(pieces), text)
check("streamed usage", usage.total_tokens, 18)

# The package's own accumulation of a stream, with its typed events.
with client.chat.completions.stream(model="echo", messages=messages) as stream:
    stream.until_done()
    check("accumulated", stream.get_final_completion().choices[0].message.content, text)

answer = client.chat.completions.create(model="echo", messages=messages, tools=tools)
call = answer.choices[0].message.tool_calls[0]
check("tool call", json.loads(call.function.arguments), {"echo": text})

# The conversation goes on with the call and its result: both hold the values, both come back.
history = messages + [
    {"role": "assistant", "content": None, "tool_calls": [call.model_dump()]},
    {"role": "tool", "tool_call_id": call.id, "content": text},
]
answer = client.chat.completions.create(model="echo", messages=history)
# In formats that hold the call's arguments as an object, the provider reads them, too.
check("history", answer.choices[0].message.content.count(text) in (2, 3), True)

with client.chat.completions.stream(model="echo", messages=messages, tools=tools) as stream:
    stream.until_done()
    call = stream.get_final_completion().choices[0].message.tool_calls[0]
check("streamed tool call", json.loads(call.function.arguments), {"echo": text})

try:
    client.chat.completions.create(model="echo", messages="not a list")
    sys.exit("a bad request was not refused")
except openai.BadRequestError as error:
    check("refusal", (error.code, error.param), ("validation", "messages"))

print("openai: plain, streamed, tools and refusals are as they should be")
