"""Text as printed: commands of typesetting gone, accents composed, mathematics kept in dollars."""

from __future__ import annotations

import re
import unicodedata

ACCENTS = {"'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
           "u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", "k": "\u0328", "r": "\u030a", "b": "\u0331", "d": "\u0323"}  # fmt: skip
LETTERS = {"ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å",
           "i": "ı", "j": "ȷ", "dag": "†", "ddag": "‡", "S": "§", "P": "¶", "copyright": "©", "textbackslash": "\\",
           "dots": "…", "ldots": "…", "textellipsis": "…", "textasciitilde": "~", "LaTeX": "LaTeX", "TeX": "TeX",
           "textendash": "–", "textemdash": "—", "textquoteright": "’", "textregistered": "®", "texttrademark": "™",
           "textgreater": ">", "textless": "<", "textbar": "|", "slash": "/", "checkmark": "✓", "cmark": "✓", "xmark": "✗",
           "textdegree": "°", "textpm": "±", "textmu": "µ", "quad": " ", "qquad": " ", "newline": " ", "par": " ", "nobreakspace": " "}  # fmt: skip
SYMBOLS = {"\\": " ", "&": "&", "%": "%", "$": "$", "#": "#", "_": "_", "{": "{", "}": "}", " ": " ", ",": " ", ";": " ", ":": " ",
           "!": "", "/": "", "-": "", "@": "", ">": " ", "\n": " "}  # fmt: skip

SILENT = frozenset(
    "centering raggedright raggedleft noindent indent small footnotesize scriptsize tiny normalsize large Large LARGE huge Huge"
    " bfseries itshape rmfamily sffamily ttfamily scshape upshape mdseries normalfont em bf it rm tt sc sf sl boldmath maketitle clearpage"
    " newpage pagebreak linebreak nolinebreak nopagebreak smallskip medskip bigskip vfill hfill hfil null leavevmode strut protect relax"
    " toprule midrule bottomrule hline appendix onecolumn twocolumn frenchspacing sloppy fussy selectfont tableofcontents listoffigures"
    " listoftables doublespacing singlespacing onehalfspacing looseness ignorespaces unskip nonumber notag displaystyle textstyle break"
    " balance flushbottom raggedbottom par xspace phantomsection samepage makeatletter makeatother allowbreak hrule vrule addlinespace"
    " backmatter frontmatter mainmatter limits nolimits item leftmargin columnwidth textwidth linewidth textheight baselineskip parskip"
    " itemsep parsep topsep parindent tabcolsep arraystretch floatsep aboverulesep belowrulesep".split()
)
WITH_ARGUMENT = frozenset(
    "label vspace vspace* hspace hspace* setlength addtolength setcounter addtocounter usepackage documentclass pagestyle thispagestyle"
    " bibliographystyle bibliography includegraphics includegraphics* rule phantom vphantom hphantom cmidrule cline color definecolor"
    " pagenumbering fontsize enlargethispage hypersetup graphicspath markboth markright addcontentsline input thanks index nocite vskip"
    " hskip kern raisebox resizebox scalebox colorlet captionsetup titleformat titlespacing theoremstyle allowdisplaybreaks setstretch"
    " newcolumntype DeclareGraphicsExtensions geometry lstset lstdefinestyle algnewcommand algrenewcommand SetKwInOut SetKwInput floatname"
    " rowcolor cellcolor columncolor arrayrulecolor specialrule crefname Crefname acrodef newacronym glsresetall doi icmltitlerunning"
    " pdfinfo pdfoutput DeclareMathSizes AtBeginDocument AtEndDocument tikzset pgfplotsset usetikzlibrary counterwithin counterwithout"
    " numberwithin noalign vadjust marginpar todo hyphenation address email affiliation keywords institute date bstctlcite"
    " newcounter newlength DeclareUnicodeCharacter setitemize setlist linespread stepcounter refstepcounter".split()
)
TWO_ARGUMENTS = frozenset("setlength addtolength setcounter addtocounter fontsize markboth titleformat raisebox resizebox scalebox"
                          " newcolumntype rule colorlet definecolor floatname algnewcommand algrenewcommand crefname Crefname"
                          " numberwithin counterwithin counterwithout addcontentsline DeclareUnicodeCharacter SetKwInOut SetKwInput".split())  # fmt: skip


def compose(accent: str, letter: str) -> str:
    """`\\'e` → é."""
    base = {"ı": "i", "ȷ": "j"}.get(letter, letter)
    return unicodedata.normalize("NFC", base[:1] + ACCENTS[accent]) + base[1:] if base else ""


def tidy(text: str) -> str:
    """Typewriter quotes and dashes as printed; white space folded."""
    text = text.replace("``", "“").replace("''", "”").replace("---", "—")
    text = re.sub(r"(?<![-–])--(?![-–])", "–", text)
    return re.sub(r"\s+", " ", text)
