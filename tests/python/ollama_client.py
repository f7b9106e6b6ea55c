"""The official `ollama` package: chat and generate, plain, streamed, tools, thinking; embeddings.

Usage: ollama_client.py URL TEXT.
"""

import ollama
from checks import CUTS, arguments, check, check_counts, check_times

url, text = arguments()
client = ollama.Client(host=url, timeout=20)
messages = [{"role": "user", "content": text}]
tools = [{"type": "function", "function": {"name": "note", "parameters": {"type": "object", "properties": {}}}}]


def streamed(model="echo", **request):
    """The joined text and thinking of a stream, its calls, and its last line."""
    said, thought, calls, line = "", "", [], None
    for line in client.chat(model=model, messages=messages, stream=True, **request):
        said += line.message.content or ""
        thought += line.message.thinking or ""
        calls += line.message.tool_calls or []
    return said, thought, calls, line


answer = client.chat(model="echo", messages=messages)
check("plain", (answer.message.content, answer.eval_count), (text, 7))
for cut in CUTS:
    said, _, _, last = streamed(f"echo{cut}")
    check(f"streamed{cut}", (said, last.done, last.eval_count), (text, True, 7))

answer = client.chat(model="echo", messages=messages, tools=tools)
check("tool call", answer.message.tool_calls[0].function.arguments, {"echo": text})
history = messages + [answer.message, {"role": "tool", "tool_name": "note", "content": text}]
answer = client.chat(model="echo", messages=history, tools=tools)
check_times("tool result", answer.message.content, text, 3)
check("streamed tool call", streamed("echo-nasty", tools=tools)[2][0].function.arguments, {"echo": text})

answer = client.chat(model="echo", messages=messages, think=True)
check("thinking", (answer.message.thinking, answer.message.content), (text, text))
check("streamed thinking", streamed("echo-nasty", think=True)[:2], (text, text))

answer = client.generate(model="echo", prompt=text, system=text)
check("generate", answer.response, f"{text}\n{text}")
for cut in CUTS:
    pieces = [line.response for line in client.generate(model=f"echo{cut}", prompt=text, stream=True)]
    check(f"streamed generate{cut}", "".join(pieces), text)
answer = client.generate(model="echo", prompt=text, think=True)
check("generate with thinking", (answer.thinking, answer.response), (text, text))

answer = client.embed(model="echo", input=[text, text])
check_counts("embeddings", answer.embeddings, 2)

try:
    client.chat(model="error", messages=messages)
    raise SystemExit("an error was not raised")
except ollama.ResponseError as error:
    check("error", (error.status_code, error.error), (429, f"too much of this: {text}"))
try:
    streamed("echo-then-error")
    raise SystemExit("an error in a stream was not raised")
except ollama.ResponseError as error:
    check("error in a stream", error.error, f"no more of this: {text}")

print("ollama: chat, generate, tools, thinking and embeddings are as they should be")
