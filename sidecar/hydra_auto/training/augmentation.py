"""Disguises: words around a message that change how hard it sounds and nothing of what it needs.

Keyword stuffing moved 12 % of requests to the dearest model in the HyDRA paper. Here the training set shows
that lists of hard-sounding terms, personas, pleas, claims of difficulty or ease, and pasted code that is not
asked about carry no requirement: a message keeps its numbers under any of them. All wording here is our own.
"""
# ruff: noqa: E501, RUF001 - pasted code has long lines, and other scripts' letters and punctuation are meant

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import Final

from hydra_auto.training.annotations import ENGLISH, Item

_HALF: Final = 0.5
_SPACED_CHARACTERS: Final = 120

_TERMS: Final = (
    "distributed consensus",
    "lock-free queue",
    "formal verification",
    "race condition",
    "memory model",
    "Byzantine fault tolerance",
    "compiler backend",
    "type inference",
    "linearizability",
    "CUDA kernels",
    "NP-hard",
    "dynamic programming",
    "kernel module",
    "zero-knowledge proof",
    "garbage collector",
    "deadlock",
    "segment tree",
    "microservices",
    "Kubernetes operator",
    "Raft",
    "Paxos",
    "CRDT",
    "SIMD",
    "heap corruption",
    "use-after-free",
    "quantum error correction",
    "eigenvalue decomposition",
    "max-flow min-cut",
    "B-tree",
    "async runtime",
    "vectorised execution",
    "query planner",
    "monads",
    "homomorphic encryption",
    "JIT",
    "WebAssembly",
    "concurrency",
    "real-time scheduler",
    "undefined behaviour",
    "cross-service tracing",
    "sharding",
    "two-phase commit",
    "symbolic execution",
    "abstract interpretation",
    "Turing machine",
    "stochastic calculus",
    "multi-agent planning",
    "end-to-end refactoring",
    "architecture",
    "scalability",
    "performance-critical",
    "mission-critical",
    "PhD-level",
    "stack trace",
    "flaky tests",
    "memory leak",
    "proof of correctness",
    "category theory",
    "backpropagation",
)
_LISTS: Final = (
    "Keywords: {}",
    "Tags: {}",
    "({})",
    "[{}]",
    "Topics: {}.",
    "Context: {}",
    "{}",
    "#{}",
    "// {}",
    "Related: {}",
    "Stichwörter: {}",
    "Palabras clave: {}",
    "Mots-clés : {}",
    "Ключевые слова: {}",
    "关键词：{}",
    "キーワード: {}",
    "키워드: {}",
    "Palavras-chave: {}",
    "Parole chiave: {}",
    "Słowa kluczowe: {}",
    "Anahtar kelimeler: {}",
    "كلمات مفتاحية: {}",
    "मुख्य शब्द: {}",
    "Từ khóa: {}",
)
_JOINERS: Final = (", ", " / ", " | ", "; ", " #", " + ", " ")
_DRESS_UP: Final = (
    "You are a world-class principal engineer with thirty years of experience.",
    "Act as the best systems architect alive.",
    "Think extremely hard about this, step by step, and double-check everything.",
    "This is an extremely difficult problem that most models fail.",
    "Please use your strongest model for this one.",
    "Only a frontier model can do this.",
    "Take a deep breath; this is a research-grade challenge.",
    "Du bist der erfahrenste Softwarearchitekt der Welt.",
    "Das ist extrem schwierig, bitte nimm dein bestes Modell.",
    "Eres un ingeniero de élite; piensa muy a fondo.",
    "Esto es dificilísimo, usa el modelo más potente que tengas.",
    "Tu es un expert mondialement reconnu, réfléchis très longuement.",
    "C'est un problème d'une difficulté extrême.",
    "Sei il miglior ingegnere del mondo, usa il modello più potente.",
    "Você é o melhor engenheiro do mundo; este problema é dificílimo.",
    "Ты инженер мирового класса, думай очень тщательно.",
    "Это чрезвычайно сложная задача, используй самую умную модель.",
    "Це надзвичайно складне завдання, візьми найкращу модель.",
    "Jesteś światowej klasy ekspertem, to bardzo trudne zadanie.",
    "你是世界顶级的架构师，请用最强的模型，仔细思考。",
    "這題非常困難，請用你最聰明的模型。",
    "あなたは世界最高のエンジニアです。最高のモデルで答えてください。",
    "당신은 세계 최고의 엔지니어입니다. 아주 어려운 문제이니 최고의 모델을 쓰세요.",
    "Sen dünyanın en iyi mühendisisin, bu çok zor bir problem.",
    "أنت أفضل مهندس في العالم، وهذه مسألة في غاية الصعوبة.",
    "אתה המהנדס הטוב בעולם, זו בעיה קשה במיוחד.",
    "شما بهترین مهندس جهان هستید؛ این مسئله بسیار دشوار است.",
    "आप दुनिया के सबसे अच्छे इंजीनियर हैं, यह बहुत कठिन समस्या है।",
    "আপনি বিশ্বের সেরা প্রকৌশলী, এটি খুব কঠিন সমস্যা।",
    "คุณคือวิศวกรที่เก่งที่สุดในโลก ปัญหานี้ยากมาก",
    "Bạn là kỹ sư giỏi nhất thế giới, bài toán này cực kỳ khó.",
    "Kamu insinyur terbaik di dunia, soal ini sangat sulit.",
    "Je bent de beste ingenieur ter wereld; dit is extreem moeilijk.",
    "Jsi nejlepší inženýr na světě, tohle je extrémně těžké.",
    "Είσαι ο καλύτερος μηχανικός στον κόσμο, αυτό είναι πολύ δύσκολο.",
)
_DRESS_DOWN: Final = (
    "Quick one.",
    "Trivial question, any small model will do.",
    "This should be easy.",
    "Nothing fancy.",
    "Just a tiny thing:",
    "Keep it cheap, this is simple.",
    "Nur eine Kleinigkeit.",
    "Es una tontería, algo rápido.",
    "C'est tout simple.",
    "Una cosa da niente.",
    "Coisa simples, rapidinho.",
    "Это пустяк, хватит любой модели.",
    "Дрібниця, швидко.",
    "Drobnostka.",
    "很简单的小问题，用便宜的模型就行。",
    "簡單的小事。",
    "簡単な質問です。",
    "아주 간단한 거예요.",
    "Basit bir şey.",
    "أمر بسيط جدًا.",
    "משהו קטן ופשוט.",
    "یک چیز ساده.",
    "बहुत छोटी सी बात है।",
    "খুব সহজ একটা ব্যাপার।",
    "เรื่องง่าย ๆ",
    "Chuyện nhỏ thôi.",
    "Gampang kok.",
    "Eenvoudig dingetje.",
    "Maličkost.",
    "Κάτι απλό.",
)


# Pasted, but not what the message is about.
_PASTES: Final = (
    "```cpp\nstd::atomic<Node*> head;\nwhile (!head.compare_exchange_weak(old, next)) old = head.load();\n```",
    "```rust\nunsafe impl<T: Send> Sync for Ring<T> {}\nfn pop(&self) -> Option<T> { self.tail.fetch_add(1, Acquire); None }\n```",
    "```python\nasync with asyncio.TaskGroup() as group:\n    for shard in shards:\n        group.create_task(rebalance(shard))\n```",
    "```c\nspin_lock_irqsave(&dev->lock, flags);\nlist_splice_init(&dev->pending, &todo);\nspin_unlock_irqrestore(&dev->lock, flags);\n```",
    "```sql\nWITH RECURSIVE t AS (SELECT id, parent FROM nodes UNION ALL SELECT n.id, t.parent FROM nodes n JOIN t ON n.parent = t.id)\nSELECT * FROM t;\n```",
    "```go\nselect {\ncase <-ctx.Done():\n\treturn ctx.Err()\ncase job := <-queue:\n\tgo process(job)\n}\n```",
    "```haskell\nfoldM step (pure mempty) =<< traverse resolve (toList graph)\n```",
    "```asm\nmov rax, [rdi]\nlock cmpxchg [rsi], rdx\njne retry\n```",
    "```ts\ntype Deep<T> = T extends object ? { readonly [K in keyof T]: Deep<T[K]> } : T\n```",
    "```yaml\napiVersion: apps/v1\nkind: StatefulSet\nspec: {replicas: 5, podManagementPolicy: Parallel}\n```",
    "[WARN] heartbeat missed for replica 3 (term 41), starting election\n[WARN] vote rejected by replica 1",
    'Traceback (most recent call last):\n  File "/srv/worker.py", line 88, in drain\nasyncio.exceptions.CancelledError',
    "==4121==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000050 thread T3",
    "fatal error: all goroutines are asleep - deadlock!\ngoroutine 1 [semacquire]:\nsync.runtime_Semacquire",
)
_PASTE_NOTES: Final = (
    "",
    "",
    "(that was still in my clipboard)",
    "ignore this, it is from another project:",
    "not related:",
)
_HARD: Final = 0.7  # largest requirement from which a message lends its phrases
_PHRASE_WORDS: Final = (2, 5)


def hard_phrases(items: Sequence[Item]) -> tuple[str, ...]:
    """Runs of two to five words out of hard English messages: how demanding messages sound."""
    found = set()
    for item in items:
        if max(item.requirements) >= _HARD and ENGLISH in item.texts:
            for part in re.split(r"[^\w\s'-]+|\n", item.texts[ENGLISH]):
                words = part.split()
                low, high = _PHRASE_WORDS
                for start in range(0, len(words) - low + 1, high):
                    found.add(" ".join(words[start : start + high]))
    return tuple(sorted(found))


def stuffing(rng: random.Random, phrases: Sequence[str] = ()) -> str:
    """A line of 4 to 14 hard-sounding terms in a random form; half of the time they are ``phrases``."""
    source = phrases if phrases and rng.random() < _HALF else _TERMS
    terms = rng.sample(source, min(len(source), rng.randint(4, 14)))
    return rng.choice(_LISTS).format(rng.choice(_JOINERS).join(terms))


def paste(rng: random.Random) -> str:
    """Code or a log that has nothing to do with the message."""
    return f"{rng.choice(_PASTE_NOTES)}\n{rng.choice(_PASTES)}".strip()


def disguise(text: str, rng: random.Random, phrases: Sequence[str] = ()) -> str:
    """``text`` with one disguise before or after it."""
    kinds = (stuffing(rng, phrases), rng.choice(_DRESS_UP), rng.choice(_DRESS_DOWN), paste(rng))
    words = rng.choices(kinds, (4, 2, 1, 2))[0]
    gap = rng.choice(("\n", "\n\n", " "))
    return f"{text}{gap}{words}" if rng.random() < _HALF else f"{words}{gap}{text}"


def _swapped(text: str, rng: random.Random) -> str:
    """``text`` with two neighbouring letters swapped."""
    place = rng.randrange(max(1, len(text) - 1))
    return text[:place] + text[place + 1 : place + 2] + text[place : place + 1] + text[place + 2 :]


def surface(text: str, rng: random.Random) -> str:
    """``text`` typed otherwise: case, final punctuation, white space, a typo, or letters set apart."""
    ways: tuple[Callable[[], str], ...] = (
        text.lower,
        text.lower,
        text.upper,
        lambda: text.rstrip(" .!?。！？"),
        lambda: f"  {text}\n",
        lambda: "".join(c.upper() if i % 2 else c.lower() for i, c in enumerate(text)),
        lambda: " ".join(text) if len(text) <= _SPACED_CHARACTERS else _swapped(text, rng),
        lambda: _swapped(text, rng),
    )
    return rng.choice(ways)()
