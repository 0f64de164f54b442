"""What may never be a datum here: characteristics that the law or decency keeps out of such files.

Credit Reporting Regulation art 14 and the provincial texts after it (religion, genes, fingerprints,
blood type, disease and medical history); PIPL arts 28-29. The list is wider than the law where
a programme of another country could otherwise go around it.
"""

import re
from typing import Final

# A field is refused when these words stand next to each other in its name or its meaning.
PROTECTED: Final[dict[str, tuple[str, ...]]] = {
    "religion": ("religion", "religious", "faith", "belief", "beliefs", "church", "mosque", "temple"),
    "ethnicity": ("ethnicity", "ethnic", "race", "racial", "skin colour", "caste"),
    "political_opinion": (
        "political", "politics", "party member", "party membership", "petitions", "petitioning",
    ),
    "union": ("union", "unions"),
    "genes": ("gene", "genes", "genetic", "dna", "genome"),
    "biometrics": (
        "fingerprint", "fingerprints", "face template", "faceprint", "iris", "voiceprint", "biometric",
        "biometrics",
    ),
    "blood_type": ("blood",),
    "health": (
        "health", "illness", "disease", "diagnosis", "medical", "medication", "disability", "pregnancy",
        "pregnant", "vaccination", "hiv", "mental",
    ),
    "sexual_orientation": ("sexual", "sexuality", "gender identity", "sex life"),
}  # fmt: skip
# Words of the list that mean something else in this company.
HARMLESS: Final = (
    "credit union",
    "european union",
    "good faith",
    "bad faith",
    "health bureau",
    "health authority",
)
# The same in Chinese titles, where words have no spaces.
PROTECTED_ZH: Final = (
    "宗教", "信仰", "民族", "种族", "政治面貌", "政治观点", "党派", "党员", "上访", "信访", "工会", "基因",
    "指纹", "虹膜", "声纹", "人脸模板", "生物识别", "血型", "疾病", "病史", "病历", "健康", "诊断", "残疾",
    "怀孕", "性取向", "性别认同",
)  # fmt: skip

_BOUNDARY: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|[^a-zA-Z]+")
_PHRASES: Final = [(kind, re.compile(rf"\b{phrase}\b")) for kind, phrases in PROTECTED.items() for phrase in phrases]
_HARMLESS: Final = re.compile("|".join(rf"\b{phrase}\b" for phrase in HARMLESS))


def protected_kind(text: str) -> str | None:
    """The protected characteristic that a field name, meaning or title speaks of, or None."""
    words = _HARMLESS.sub(" ", _BOUNDARY.sub(" ", text).lower())
    found = next((kind for kind, phrase in _PHRASES if phrase.search(words)), None)
    return found or next((word for word in PROTECTED_ZH if word in text), None)
