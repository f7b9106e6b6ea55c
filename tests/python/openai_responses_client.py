"""The official `openai` package, Responses: plain, streamed, tools, reasoning, refusals and annotations.

Usage: openai_responses_client.py URL TEXT.
"""

import json

import openai
from checks import CUTS, arguments, check, check_times

url, text = arguments()
client = openai.OpenAI(base_url=f"{url}/v1", api_key="made-up", max_retries=0, timeout=20)
tools = [{"type": "function", "name": "note", "parameters": {"type": "object", "properties": {}}, "strict": False}]


def streamed(**request):
    """The joined deltas by event type, the last response, and the package's own account of the stream."""
    deltas, last = {}, None
    for event in client.responses.create(stream=True, **request):
        if event.type.endswith(".delta"):
            deltas[event.type] = deltas.get(event.type, "") + event.delta
        if event.type.endswith("_text.done"):
            check(event.type, event.text, text)
        if event.type == "response.completed":
            last = event.response
    return deltas, last


answer = client.responses.create(model="echo", input=text)
check("plain", answer.output_text, text)
check("usage", answer.usage.total_tokens, 18)

answer = client.responses.create(
    model="echo",
    instructions=text,
    input=[{"role": "user", "content": [{"type": "input_text", "text": text}]}],
    metadata={"note": "made up"},
)
check("instructions and parts", answer.output_text, f"{text}\n{text}")
check("instructions, said once more", answer.instructions, text)

for cut in CUTS:
    deltas, last = streamed(model=f"echo{cut}", input=text)
    check(f"streamed{cut}", deltas["response.output_text.delta"], text)
    check(f"streamed{cut}, whole", last.output_text, text)
    check(f"streamed{cut}, usage", last.usage.total_tokens, 18)

with client.responses.stream(model="echo", input=text) as stream:
    check("accumulated", stream.get_final_response().output_text, text)

answer = client.responses.create(model="echo", input=text, tools=tools)
call = answer.output[0]
check("tool call", json.loads(call.arguments), {"echo": text})

history = [
    {"role": "user", "content": text},
    {"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": call.arguments},
    {"type": "function_call_output", "call_id": call.call_id, "output": text},
]
answer = client.responses.create(model="echo", input=history, tools=tools)
# The arguments are JSON, where the text is written with escapes.
check_times("tool result", answer.output_text.replace(json.dumps({"echo": text}), ""), text, 2)

deltas, last = streamed(model="echo-nasty", input=text, tools=tools)
wanted = {"echo": text}
check("streamed tool call", json.loads(deltas["response.function_call_arguments.delta"]), wanted)
check("streamed tool call, whole", json.loads(last.output[0].arguments), wanted)

answer = client.responses.create(model="echo", input=text, reasoning={"effort": "low", "summary": "auto"})
check("reasoning", (answer.output[0].summary[0].text, answer.output_text), (text, text))
deltas, last = streamed(model="echo-nasty", input=text, reasoning={"effort": "low", "summary": "auto"})
check("streamed reasoning", deltas["response.reasoning_summary_text.delta"], text)
check("streamed reasoning, whole", last.output[0].summary[0].text, text)

answer = client.responses.create(model="echo-refusal", input=text)
check("refusal", answer.output[0].content[0].refusal, text)
deltas, last = streamed(model="echo-refusal", input=text)
check("streamed refusal", deltas["response.refusal.delta"], text)

answer = client.responses.create(model="echo-cited", input=text)
check("annotation", answer.output[0].content[0].annotations[0].title, text)
_, last = streamed(model="echo-cited", input=text)
check("streamed annotation", last.output[0].content[0].annotations[0].title, text)

try:
    client.responses.create(model="error", input=text)
    raise SystemExit("an error was not raised")
except openai.RateLimitError as error:
    check("error", error.body["message"], f"too much of this: {text}")

print("openai responses: plain, streamed, tools, reasoning, refusals and annotations are as they should be")
