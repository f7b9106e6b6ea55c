"""The official `openai` package as a client of Azure: deployments in the path, `api-version`, `api-key`.

Usage: azure_client.py URL TEXT.
"""

import json

import openai
from checks import CUTS, arguments, check, check_counts

url, text = arguments()
client = openai.AzureOpenAI(
    azure_endpoint=url, api_version="2024-10-21", api_key="made-up", max_retries=0, timeout=20
)
messages = [{"role": "user", "content": text}]
tools = [{"type": "function", "function": {"name": "note", "parameters": {"type": "object", "properties": {}}}}]

answer = client.chat.completions.create(model="echo", messages=messages)
check("plain", (answer.choices[0].message.content, answer.usage.total_tokens), (text, 18))

for cut in CUTS:
    chunks = client.chat.completions.create(model=f"echo{cut}", messages=messages, stream=True)
    pieces = [choice.delta.content or "" for chunk in chunks for choice in chunk.choices]
    check(f"streamed{cut}", "".join(pieces), text)

answer = client.chat.completions.create(model="echo", messages=messages, tools=tools)
call = answer.choices[0].message.tool_calls[0]
check("tool call", json.loads(call.function.arguments), {"echo": text})

history = messages + [
    {"role": "assistant", "content": None, "tool_calls": [call.model_dump()]},
    {"role": "tool", "tool_call_id": call.id, "content": text},
]
answer = client.chat.completions.create(model="echo", messages=history, tools=tools, tool_choice="none")
check("tool result", answer.choices[0].message.content.count(text), 2)

with client.chat.completions.stream(model="echo-nasty", messages=messages, tools=tools) as stream:
    stream.until_done()
    call = stream.get_final_completion().choices[0].message.tool_calls[0]
check("streamed tool call", json.loads(call.function.arguments), {"echo": text})

answer = client.embeddings.create(model="echo", input=[text])
check_counts("embeddings", [item.embedding for item in answer.data], 1)

answer = client.responses.create(model="echo", input=text)
check("responses", answer.output_text, text)

print("azure: plain, streamed, tools, embeddings and responses are as they should be")
