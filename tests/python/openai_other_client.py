"""The official `openai` package: Completions, Embeddings, and the rarer slots of Chat Completions.

Usage: openai_other_client.py URL TEXT.
"""

import openai
from checks import CUTS, arguments, check, check_counts

url, text = arguments()
client = openai.OpenAI(base_url=f"{url}/v1", api_key="made-up", max_retries=0, timeout=20)
messages = [{"role": "user", "content": text}]

answer = client.completions.create(model="echo", prompt=text)
check("completion", (answer.choices[0].text, answer.usage.total_tokens), (text, 18))
answer = client.completions.create(model="echo", prompt=[text, text])
check("two prompts", answer.choices[0].text, f"{text}\n{text}")
for cut in CUTS:
    pieces = [chunk.choices[0].text for chunk in client.completions.create(model=f"echo{cut}", prompt=text, stream=True)]
    check(f"streamed completion{cut}", "".join(pieces), text)

# The package asks for base64 and unpacks it by itself.
answer = client.embeddings.create(model="echo", input=[text, text])
check_counts("embeddings", [item.embedding for item in answer.data], 2)
answer = client.embeddings.create(model="echo", input=text, encoding_format="float")
check_counts("one embedding", [item.embedding for item in answer.data], 1)
check("usage of an embedding", answer.usage.total_tokens, 11)


def streamed(**request):
    """The joined deltas of each slot of each choice."""
    slots = {}
    for chunk in client.chat.completions.create(messages=messages, stream=True, **request):
        for choice in chunk.choices:
            for slot, value in choice.delta.model_dump().items():
                if isinstance(value, str) and slot != "role":
                    slots[choice.index, slot] = slots.get((choice.index, slot), "") + value
    return slots


answer = client.chat.completions.create(model="echo", messages=messages, n=2)
check("two choices", [choice.message.content for choice in answer.choices], [text, text])
slots = streamed(model="echo-nasty", n=2)
check("two choices side by side", (slots[0, "content"], slots[1, "content"]), (text, text))

answer = client.chat.completions.create(model="echo-thinking", messages=messages)
check("reasoning", answer.choices[0].message.reasoning_content, text)
slots = streamed(model="echo-thinking-nasty")
check("streamed reasoning", (slots[0, "reasoning_content"], slots[0, "content"]), (text, text))

answer = client.chat.completions.create(model="echo-refusal", messages=messages)
check("refusal", answer.choices[0].message.refusal, text)
check("streamed refusal", streamed(model="echo-refusal")[0, "refusal"], text)

answer = client.chat.completions.create(model="echo-cited", messages=messages)
check("annotation", answer.choices[0].message.annotations[0].url_citation.title, text)

for model, what in (("error-in-stream", "error in a stream"), ("echo-then-error", "error after the text")):
    try:
        streamed(model=model)
        raise SystemExit(f"{what}: not raised")
    except openai.APIError as error:
        check(what, error.message, f"no more of this: {text}")

print("openai: completions, embeddings, choices, reasoning, refusals and annotations are as they should be")
