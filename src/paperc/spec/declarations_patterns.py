"""The grammar of declarations: patterns over text in which each formula is one sign, and the words that decide."""

from __future__ import annotations

import re

from .declarations_text import DISPLAY, MARK

LIST = rf"{MARK}(?:(?:\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+){MARK})*"
VERB = (
    r"(?:is|are|was|were|be|being|denotes?|denoting|represents?|representing|stands? for|refers? to|indicates?|describes?|"
    r"means?|corresponds? to|specif(?:y|ies)|contains?|holds?|consists? of|defines?)"
)
DETERMINER = r"(?:the|an?|our|its|their|each|some|any|this|these|all|both|another|one)"
END = rf"(?=\s*(?:[.;:)]|\((?![a-z -]{{1,25}}\)\s+[a-z])|,|{DISPLAY}|$|\s(?:and|while|whereas|but|with)\s+{LIST}\s*{VERB}\b|\s(?:where|whose|so that|such that|which|while|whereas)\b|\sand\s+{MARK}\s+{DETERMINER}\b))"
PHRASE = rf"(?P<phrase>(?:[^.;:,(){DISPLAY}]|\([a-z -]{{1,25}}\)){{2,160}}?){END}"
COPULA = re.compile(
    rf"(?P<names>{LIST})(?:\s*\([^()]{{0,60}}\))?,?\s+(?:(?:here|again|also|now|each|all|then|both)\s+)?(?P<verb>{VERB})\s+(?:(?:here|just|simply|again|also|then|now|respectively,?)\s+)?{PHRASE}"
)
APPOSED = re.compile(
    rf"(?:\b(?i:with|where|and|let|for|here|writing|having)|[,;(])\s*(?P<names>{LIST}),?\s+(?=(?:{DETERMINER})\s){PHRASE}"
)
WRITTEN = re.compile(
    rf"\b(?:write|writes|writing|use|uses|using)\s+(?P<names>{LIST})\s+(?:for|to denote|to represent|as)\s+(?={DETERMINER}\s){PHRASE}"
)
WRITTEN_TOO = re.compile(
    rf"\b(?:write|writing|use)\s+{MARK}\s+for\b[^.;{DISPLAY}]*?\band\s+(?P<names>{MARK})\s+for\s+(?={DETERMINER}\s){PHRASE}"
)
DENOTED = re.compile(
    rf"\b(?:denote|write|call|label)\s+(?P<phrase>(?:{DETERMINER}\s)[^.;:,(){DISPLAY}]{{2,120}}?)\s+(?:by|as|with)\s+(?P<names>{LIST})"
)
DENOTED_BY = re.compile(
    rf"(?P<phrase>\b(?i:{DETERMINER})\s[^.;:,(){DISPLAY}]{{2,120}}?)\s+(?:is|are|will be|be)?\s*(?:denoted|represented|indicated|given|parametri[sz]ed)\s+(?:as|by|with)\s+(?P<names>{LIST})"
)
BEFORE = re.compile(rf"(?P<phrase>(?:[A-Za-z][\w'’-]*\s+){{1,7}})(?P<names>{LIST})")
COUNT = re.compile(
    rf"(?:^|[\s(])(?P<names>{MARK})\s+(?P<phrase>(?:[a-z][\w-]*\s+){{0,2}}[a-z][\w-]*s)\b(?!\s+(?:the|an?|{MARK})(?:\s|$))(?=[\s,.;:)]|$)"
)
_NOUNS = r"(?:(?!(?:trained|on|in|into|from|to|for|via|by|and|norm|of|over|with)\b)[a-z-]+\s+)"
SIZED = re.compile(
    rf"(?P<names>{LIST})(?!-)(?P<between>\s+(?:are|is|be|denotes?)\s+(?:the\s+|an?\s+)?{_NOUNS}{{0,4}}|\s+(?:each\s+|both\s+|also\s+|all\s+)?)"
    rf"(?:of|with|has|have|having)\s+(?:a\s+|an\s+|the\s+|same\s+|fixed\s+)?"
    rf"(?:(?:hidden|latent|embedding|feature)\s+)?(?:dimension(?:ality)?|size|shape|length)s?\s+(?P<size>{MARK})"
)
DIMENSIONAL = re.compile(
    rf"(?P<size>{MARK})\s*-?\s*(?:dimensional|dim\.?|matri(?:x|ces))\b(?P<between>(?:[\s-]+[a-z][\w-]*){{0,4}}?)\s+(?P<names>{LIST})",
    re.I,
)
IS_SIZED = re.compile(
    rf"(?P<names>{LIST})(?P<between>)\s+(?:is|are|be|denotes?|represents?)\s+(?:an?|the|some)?\s*(?P<size>{MARK})\s*-?\s*(?:dimensional\s+)?{_NOUNS}{{0,2}}(?:matri(?:x|ces)|vectors?|tensors?|arrays?)\b"
)
OF_SIZE = re.compile(
    rf"(?:dimension(?:ality|s)?|length|number of (?:elements|entries|components|dimensions))\s+of\s+(?:the\s+)?(?:(?!and\b|or\b|with\b|in\b|for\b|by\b|is\b|are\b)[a-z-]+\s+){{0,3}}(?P<names>{MARK})(?:\s+(?:is|are|be|equals?|by|as|to|with)|\s*,)?\s+(?P<size>{MARK})"
)
LET_SIZE = re.compile(
    rf"(?P<size>{MARK})\s+(?:is|be|denotes?|for|as)?\s*(?:the\s+)?(?:dimension(?:ality)?|length)\s+of\s+(?:the\s+)?(?:(?!and\b|or\b|with\b|in\b|for\b|by\b|is\b|are\b)[a-z-]+\s+){{0,3}}(?P<names>{LIST})"
)
SAME_SIZE = re.compile(
    rf"(?P<names>{LIST})[^.;:()\ue000-\uf8ff]{{0,60}}?\b(?:of|with|has|have|having)\s+(?:the\s+)?same\s+(?:dimension(?:ality)?|size|shape|length)s?\s+as\s+(?:the\s+)?(?:[a-z-]+\s+){{0,2}}(?P<whole>{MARK})"
)
ELEMENTS = re.compile(
    rf"(?P<names>{LIST})(?:\s+[a-z]+){{0,3}}?\s(?:the|its|their|an|a)\s+(?:(?P<which>{MARK}\s*-?\s*(?:th|st|nd|rd)?),?\s*|[a-z]+\s+)?(?P<part>element|entr(?:y|ie)|component|coordinate|row|column)s?"
    rf"(?:\s+(?:of|in)\s+(?:the\s+)?(?:(?:[a-z-]+\s+){{0,2}})(?P<whole>{MARK}))?"
)
VALUE = re.compile(
    rf"\b(?:set|setting|sets|fix|fixed|fixing|choose|chose|chosen|use|used|using|take|took|taken|keep|kept)\s+(?:the\s+)?(?:[a-z-]+\s+){{0,4}}(?P<names>{LIST})\s+(?:to be|to|as|at|equal to)\s+(?P<value>-?\d+(?:\.\d+)?(?:e-?\d+)?|{MARK})"
)
IS_SET = re.compile(
    rf"(?P<names>{LIST})\s+(?:is|are|was|were|being)?\s*(?:normally|usually|typically|always|generally|both|all)?\s*(?:set|fixed|chosen to be|kept|held|equal)\s+(?:fixed\s+)?(?:constant\s+)?(?:to be|to|at|as)\s+(?P<value>-?\d+(?:\.\d+)?(?:e-?\d+)?|{MARK})"
)
MORE_VALUES = re.compile(rf"\s*(?:,\s*(?:and\s+)?|and\s+)(?P<value>-?\d+(?:\.\d+)?(?:e-?\d+)?|{MARK})(?![\w.]*\d)")
VALUE_OF = re.compile(rf"(?P<names>{MARK})\s+of\s+(?P<value>-?\d+(?:\.\d+)?(?:e-?\d+)?)(?=[\s,.;)])")
DRAWN = re.compile(
    rf"(?P<names>{LIST})\s+(?:(?:is|are|was|were|be|being)\s+)?(?:(?:independently|uniformly|randomly|i\.i\.d\.)\s+)*(?:drawn|sampled|distributed|generated)\s+(?:i\.i\.d\.\s+|uniformly\s+|independently\s+)?(?:from|according to|as|over|via)\s+(?!this\b|these\b|that\b|it\b)(?P<phrase>[^.;:,()]{{2,80}}?)(?=[.;:,()]|\sand\s|\swith\s|\sfor\s|\sin\s|$)"
)
STOP_WORDS = frozenset(
    "is are was were be been being the a an of to in on at by for from with as and or that which where when if then than let we our "
    "this these those it its their there here so such not no into over under between per via using given minimize maximize minimise "
    "maximise compute computes computing define defines defined denote denotes denoted obtain obtains update updates updating set sets "
    "sample samples sampling draw draws drawn generate generates predict predicts output outputs produce produces consider assume "
    "suppose choose chosen take takes call have has had but also only both each any every all some because since while whereas "
    "respect equals equal write writes writing note see apply applies applied use uses used fix fixed until unless iff whether how "
    "what who whose i.e e.g cf where, add adds gives give giving yields yield get gets returns return receives receive feed approximate "
    "approximates estimate estimates learn learns optimize optimizes find finds solve solves satisfies satisfy contains contain holds "
    "becomes become replace replaces replacing against about around within without through during after before across toward towards "
    "upon onto above below maps map mapping denoting representing parameterized parametrized conditioned conditioning initialized "
    "initialize now just i.e. may can will would should could must do does did more less one two three four first second".split()
)  # fmt: skip
OF_HEADS = frozenset(
    "number dimension dimensionality size length set rank norm gradient probability variance mean sequence vector vectors matrix matrices "
    "batch collection degree amount rate level sum standard deviation parameters weights strength index output input width depth "
    "distribution values value function order set space row rows column columns entries elements fraction".split()
)  # fmt: skip
VERBAL = re.compile(r"\w+(?:ed|ly)(?:\s+(?:with|by|from|to|in|as|on|at|over|using|for|into)\b|$)", re.I)
"""A verb in the passive: it names nothing."""
ITEMS = frozenset(
    "class node sample token example item user layer state action word position pixel label category document step time head expert "
    "event component iteration epoch row column entry element cluster task arm player agent edge vertex patch frame query key".split()
)
MEASURES = frozenset(
    "number probability amount rate level fraction proportion variance mean deviation strength".split()
)
"""What may be "of" one thing: "probability of success $p$"; in "feature vector of node $v$" v is the node."""
PARTICIPLE = re.compile(
    r"(?:used|given|defined|obtained|computed|shown|updated|applied|not|called|then|only|always|typically|often|trained|performed|"
    r"smaller|larger|greater|less|equal|close|in|on|at|of|to|from|by|as|updat\w+|also|too|very|more|most|able|known|important|"
    r"sufficient\w*|small|large|available|possible|used|said|allowed|required|here|there|introduced|discussed|listed|independent|"
    r"differentiable|convex|continuous|monotonic\w*|bounded|symmetric|identical|unchanged|replaced|initiali[sz]ed|set|fixed|chosen|"
    r"drawn|sampled|distributed|minimi[sz]ed|maximi[sz]ed|concatenated|multiplied|added|normali[sz]ed|related|based|due|such|"
    r"either|related|expected|proportional|computed|estimated)\b",
    re.I,
)
ADJECTIVE = re.compile(
    r"larger|smaller|higher|lower|greater|better|worse|same|different|corresponding|particular|fixed|given|initial|final|optimal|true|"
    r"current|previous|next|new|old|several|additional|respective|original|total|random|arbitrary|certain|independent|similar|simple|"
    r"standard|general|specific|small|large|high|low|good|bad|main|full|non-?zero|positive|negative|unknown|known|"
    r"(?!embedding|encoding|setting|mapping|string|ring|timing|training|ranking|reading|loading|scaling|spacing|offspring)\w+ing|"
    r"(?!seed|speed|feed|need)\w+ed|"
    r"(?!metric|critic|topic|logic|statistic|heuristic|characteristic|diagnostic)\w+ic|\w+ous|"
    r"(?!objective|derivative|negative|alternative|positive|adjective|incentive)\w+ive|"
    r"(?!signal|residual|interval|potential|total|proposal|integral|material|goal|differential|functional|marginal|polynomial|"
    r"trial|manual|individual|quantile|label|model|kernel|channel|pixel|level|conditional|exponential|diagonal|removal|arrival|"
    r"principal|terminal|optimal|reversal|rational|normal)\w+al|"
    r"(?!variable|observable|table|cable)\w+able|\w+less|\w+ful"
)
JOINED = re.compile(rf"(?P<first>{MARK})\s*,?\s+and\s+(?:the|an?|its|their)?\s*(?:[a-z-]+\s+){{0,3}}\Z")
"""Another subject before the last: "the gain $g$ and the bias $b$ are …"."""
NOT_SUBJECT = re.compile(
    r"\b(?:if|when|whenever|unless|until|because|since|whether|of|in|for|to|on|with|by|from|at|over|between|than|under|given)\s*$",
    re.I,
)
COMPLEMENT = re.compile(
    r"\b(?:of|in|for|with|by|from|at|over|between|under|to|on)\s+(?:(?:the|an?|each|its|their|our|this|that|every)\s+)?(?:[a-z-]+\s+){1,2}\Z"
)
"""The symbol names what stands behind a preposition: "the prototype of class $k$ is …" does not speak of k."""
ORDINAL = re.compile(r"\^\{(?:th|st|nd|rd)\}|\^\{t ?h\}")
PARAMETERS = ("parameters", "the parameters", "weights", "the weights", "its parameters", "their parameters")
WEIGHTS = r"(?:\\math[a-z]+\{)?(?:\\(?:theta|phi|psi|omega|vartheta|Theta|Phi)|[wW])\}?(?:_\{[^{}]*\}|\^\{[^{}]*\})*"
"""Letters that papers use for what is learned."""
QUALITY = re.compile(
    r"(?:strictly |always |also )?(?:smooth|convex|concave|linear|finite|sparse|dense|unique|even|odd|diagonal|symmetric|constant|valid|"
    r"invertible|orthogonal|orthonormal|bounded|deterministic|stochastic|independent|positive(?: (?:semi-?)?definite)?|binary|scalar)"
)
NOUNS_TOO = frozenset("samples updates outputs sets draws labels inputs estimates returns uses".split())
NOT_COUNTED = frozenset(
    "is has was does denotes represents indicates controls refers depends corresponds contains holds varies goes becomes satisfies is "
    "equals means takes gives yields maps outputs specifies measures this its as thus describes determines stands consists runs ranges "
    "always across versus plus minus times parameterizes minimizes maximizes uses lies follows follows ensures acts makes needs "
    "approximates returns changes accounts hurts helps works increases decreases grows vanishes converges occurs appears exists remains "
    "happens belongs provides encodes captures models allows requires performs parametrizes trains leads falls rises learns produces generates".split()
)  # fmt: skip
