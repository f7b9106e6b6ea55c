"""The official `cohere` package, version 2 of the API: plain, streamed, tools, thinking, citations, embeddings.

Usage: cohere_client.py URL TEXT.
"""

import json

import cohere
from checks import CUTS, arguments, check, check_counts, check_times
from cohere.core.api_error import ApiError

url, text = arguments()
client = cohere.ClientV2(api_key="made-up", base_url=url, timeout=20)
messages = [{"role": "user", "content": text}]
tools = [{"type": "function", "function": {"name": "note", "parameters": {"type": "object", "properties": {}}}}]


def streamed(model="echo", **request):
    """The joined deltas of each slot of a stream."""
    slots = {"text": "", "thinking": "", "plan": "", "arguments": "", "cited": ""}
    for event in client.chat_stream(model=model, messages=messages, **request):
        match event.type:
            case "content-delta":
                slots["text"] += event.delta.message.content.text or ""
                slots["thinking"] += event.delta.message.content.thinking or ""
            case "tool-plan-delta":
                slots["plan"] += event.delta.message.tool_plan
            case "tool-call-delta":
                slots["arguments"] += event.delta.message.tool_calls.function.arguments
            case "citation-start":
                slots["cited"] += event.delta.message.citations.text
            case "message-end":
                check("finish", event.delta.usage.tokens.output_tokens, 7)
    return slots


answer = client.chat(model="echo", messages=messages)
check("plain", (answer.message.content[0].text, answer.usage.tokens.output_tokens), (text, 7))
answer = client.chat(model="echo", messages=[{"role": "system", "content": text}] + messages, documents=[{"data": {"note": text}}])
check_times("system, message and document", answer.message.content[0].text, text, 3)

for cut in CUTS:
    check(f"streamed{cut}", streamed(f"echo{cut}")["text"], text)

answer = client.chat(model="echo", messages=messages, tools=tools)
call = answer.message.tool_calls[0]
check("plan", answer.message.tool_plan, text)
check("tool call", json.loads(call.function.arguments), {"echo": text})
history = messages + [
    {"role": "assistant", "tool_plan": answer.message.tool_plan, "tool_calls": [call.model_dump()]},
    {"role": "tool", "tool_call_id": call.id, "content": [{"type": "document", "document": {"data": {"result": text}}}]},
]
answer = client.chat(model="echo", messages=history, tools=tools)
check_times("tool result", answer.message.content[0].text, text, 3)
slots = streamed("echo-nasty", tools=tools)
check("streamed plan", slots["plan"], text)
check("streamed tool call", json.loads(slots["arguments"]), {"echo": text})

thinking = {"type": "enabled", "token_budget": 512}
answer = client.chat(model="echo", messages=messages, thinking=thinking)
check("thinking", (answer.message.content[0].thinking, answer.message.content[1].text), (text, text))
slots = streamed("echo-nasty", thinking=thinking)
check("streamed thinking", (slots["thinking"], slots["text"]), (text, text))

answer = client.chat(model="echo-cited", messages=messages)
citation = answer.message.citations[0]
check("citation", (citation.text, citation.sources[0].document["snippet"]), (text, text))
check("streamed citation", streamed("echo-cited-nasty")["cited"], text)

answer = client.embed(model="echo", texts=[text, text], input_type="search_document", embedding_types=["float"])
check_counts("embeddings", answer.embeddings.float_, 2)
check("texts of the embeddings", answer.texts, [text, text])

try:
    client.chat(model="error", messages=messages, request_options={"max_retries": 0})
    raise SystemExit("an error was not raised")
except ApiError as error:
    check("error", (error.status_code, error.body["message"]), (429, f"too much of this: {text}"))

print("cohere: plain, streamed, tools, thinking, citations and embeddings are as they should be")
