"""The official `google-genai` package: plain, streamed, tools, thoughts, citations, embeddings and
errors; and `streamGenerateContent` as one JSON array, which the package never asks for.

Usage: gemini_client.py URL TEXT.
"""

import httpx
from checks import CUTS, arguments, check, check_counts, check_times
from google import genai
from google.genai import errors, types

url, text = arguments()
client = genai.Client(api_key="made-up", http_options=types.HttpOptions(base_url=url, timeout=20_000))
declaration = types.FunctionDeclaration(name="note", parameters_json_schema={"type": "object", "properties": {}})
tools = types.GenerateContentConfig(
    tools=[types.Tool(function_declarations=[declaration])],
    automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
)
thoughts = types.GenerateContentConfig(thinking_config=types.ThinkingConfig(include_thoughts=True))


def streamed(model="echo", config=None):
    """The joined text and thoughts of a stream, its calls, and its last answer."""
    said, thought, calls, chunk = "", "", [], None
    for chunk in client.models.generate_content_stream(model=model, contents=text, config=config):
        for part in chunk.candidates[0].content.parts:
            if part.function_call:
                calls.append(part.function_call)
            elif part.thought:
                thought += part.text or ""
            else:
                said += part.text or ""
    return said, thought, calls, chunk


answer = client.models.generate_content(model="echo", contents=text)
check("plain", (answer.text, answer.usage_metadata.total_token_count), (text, 18))
system = types.GenerateContentConfig(system_instruction=text)
answer = client.models.generate_content(model="echo", contents=[text, text], config=system)
check_times("system and parts", answer.text, text, 3)

for cut in CUTS:
    said, _, _, last = streamed(f"echo{cut}")
    check(f"streamed{cut}", (said, last.usage_metadata.total_token_count), (text, 18))

answer = client.models.generate_content(model="echo", contents=text, config=tools)
check("tool call", answer.function_calls[0].args, {"echo": text})
history = [
    types.Content(role="user", parts=[types.Part(text=text)]),
    answer.candidates[0].content,
    types.Content(role="user", parts=[types.Part.from_function_response(name="note", response={"result": text})]),
]
answer = client.models.generate_content(model="echo", contents=history, config=tools)
check_times("tool result", answer.text, text, 3)
_, _, calls, _ = streamed("echo-nasty", tools)
check("streamed tool call", calls[0].args, {"echo": text})

parts = client.models.generate_content(model="echo", contents=text, config=thoughts).candidates[0].content.parts
check("thoughts", [(part.thought, part.text) for part in parts], [(True, text), (None, text)])
said, thought, _, _ = streamed("echo-nasty", thoughts)
check("streamed thoughts", (thought, said), (text, text))

answer = client.models.generate_content(model="echo-cited", contents=text)
check("grounding", answer.candidates[0].grounding_metadata.grounding_supports[0].segment.text, text)

document = types.Part.from_bytes(data=text.encode(), mime_type="text/plain")
answer = client.models.generate_content(model="echo", contents=[document])
check("document", answer.text, text)

answer = client.models.embed_content(model="gemini-embedding-001", contents=[text, text])
check_counts("embeddings", [embedding.values for embedding in answer.embeddings], 2)
check("count", client.models.count_tokens(model="echo", contents=text).total_tokens, 11)

try:
    client.models.generate_content(model="error", contents=text)
    raise SystemExit("an error was not raised")
except errors.ClientError as error:
    check("error", (error.code, error.message), (429, f"too much of this: {text}"))



def raw(model):
    """The first candidates of a stream that is one JSON array."""
    answer = httpx.post(
        f"{url}/v1beta/models/{model}:streamGenerateContent",
        headers={"x-goog-api-key": "made-up"},
        json={"contents": [{"role": "user", "parts": [{"text": text}]}]},
        timeout=20,
    )
    return [element["candidates"][0] for element in answer.json()]


for cut in CUTS:
    check(f"array{cut}", "".join(part["text"] for c in raw(f"echo{cut}") for part in c["content"]["parts"]), text)
# The package leaves out what a candidate was stopped for.
check("refusal", raw("echo-refusal")[-1]["finishMessage"], text)

print("google-genai: plain, streamed, tools, thoughts, citations, embeddings and errors are as they should be")
