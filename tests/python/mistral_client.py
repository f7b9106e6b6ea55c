"""The official `mistralai` package: plain, streamed, tools, thinking and embeddings.

Usage: mistral_client.py URL TEXT.
"""

import json

from checks import CUTS, arguments, check, check_counts
from mistralai.client import Mistral

url, text = arguments()
client = Mistral(api_key="made-up", server_url=url, timeout_ms=20_000)
messages = [{"role": "user", "content": text}]
tools = [{"type": "function", "function": {"name": "note", "parameters": {"type": "object", "properties": {}}}}]


def streamed(model="echo", **request):
    """The joined text, thinking and tool arguments of a stream."""
    said, thought, arguments, usage = "", "", "", None
    for event in client.chat.stream(model=model, messages=messages, **request):
        usage = event.data.usage or usage
        for choice in event.data.choices:
            content = choice.delta.content or ""
            for call in choice.delta.tool_calls or []:
                arguments += call.function.arguments
            if isinstance(content, str):
                said += content
            else:
                thought += "".join(part.thinking[0].text for part in content if part.type == "thinking")
                said += "".join(part.text for part in content if part.type == "text")
    return said, thought, arguments


answer = client.chat.complete(model="echo", messages=messages)
check("plain", (answer.choices[0].message.content, answer.usage.total_tokens), (text, 18))
answer = client.chat.complete(model="echo", messages=[{"role": "system", "content": text}, {"role": "user", "content": [{"type": "text", "text": text}]}])
check("system and parts", answer.choices[0].message.content, f"{text}\n{text}")

for cut in CUTS:
    check(f"streamed{cut}", streamed(f"echo{cut}")[0], text)

answer = client.chat.complete(model="echo", messages=messages, tools=tools)
call = answer.choices[0].message.tool_calls[0]
check("tool call", json.loads(call.function.arguments), {"echo": text})
history = messages + [
    {"role": "assistant", "content": "", "tool_calls": [call.model_dump()]},
    {"role": "tool", "tool_call_id": call.id, "name": "note", "content": text},
]
answer = client.chat.complete(model="echo", messages=history, tools=tools, tool_choice="none")
check("tool result", answer.choices[0].message.content.count(text), 2)
# Mistral's calls come whole: the package takes no pieces of them.
check("streamed tool call", json.loads(streamed("echo-once-nasty", tools=tools)[2]), {"echo": text})

answer = client.chat.complete(model="echo", messages=messages, prompt_mode="reasoning")
parts = answer.choices[0].message.content
check("thinking", (parts[0].thinking[0].text, parts[1].text), (text, text))
check("streamed thinking", streamed("echo-nasty", prompt_mode="reasoning")[:2], (text, text))

answer = client.embeddings.create(model="echo", inputs=[text, text])
check_counts("embeddings", [item.embedding for item in answer.data], 2)

print("mistralai: plain, streamed, tools, thinking and embeddings are as they should be")
