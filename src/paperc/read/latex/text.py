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
           "textdegree": "°", "textpm": "±", "textmu": "µ", "quad": " ", "qquad": " ", "newline": " ", "par": " ", "nobreakspace": " ", "KwTo": " to ", "eg": "e.g.", "ie": "i.e.", "etal": "et al.", "vs": "vs.", "cf": "cf.", "etc": "etc.", "wrt": "w.r.t.", "TO": " to ", "AND": " and ", "OR": " or ", "NOT": " not ",
           "XOR": " xor ", "TRUE": "true", "FALSE": "false", "KwAnd": " and ", "KwOr": " or ", "textbullet": "•", "textperiodcentered": "·",
           "textasciicircum": "^", "textunderscore": "_", "textbraceleft": "{", "textbraceright": "}", "textdollar": "$", "textpercent": "%",
           "texteuro": "€", "pounds": "£", "textquotedblleft": "“", "textquotedblright": "”", "textquoteleft": "‘", "guillemotleft": "«",
           "guillemotright": "»", "th": "þ", "dh": "ð", "DJ": "Đ", "dj": "đ", "NG": "Ŋ", "ng": "ŋ", "textsection": "§", "textparagraph": "¶"}  # fmt: skip
DINGBATS = {"51": "✓", "52": "✔", "53": "✕", "54": "✖", "55": "✗", "56": "✘", "72": "★", "73": "☆"}
SYMBOLS = {"\\": " ", "&": "&", "%": "%", "$": "$", "#": "#", "_": "_", "{": "{", "}": "}", " ": " ", ",": " ", ";": " ", ":": " ",
           "!": "", "/": "", "-": "", "@": "", ">": " ", "\n": " "}  # fmt: skip

DRAWINGS = ("tikzpicture", "picture", "circuitikz", "axis", "pgfpicture", "pspicture", "forest", "filecontents", "CCSXML", "overpic", "feynman",
            "tikzcd", "asy", "dot2tex", "SaveVerbatim", "prooftree", "scope", "pgfonlayer", "diagram", "mpost", "sagesilent", "pycode")  # fmt: skip
"""Environments whose text is no text of the paper."""

SILENT = frozenset(
    (
        "addlinespace allowbreak arraybackslash arraystretch balance bf bfseries bibfont bigskip bigstrut"
        " boldmath bottomrule break centering cleardoublepage clearpage columnwidth cr crcr displaystyle"
        " DontPrintSemicolon doparttoc doublespacing em endinput enskip EOE faketableofcontents FloatBarrier"
        " flushbottom footnotesize frenchspacing fussy hfil hfill hline hrule hss Huge huge iclrfinalcopy"
        " icmlEqualContribution IEEEoverridecommandlockouts IEEEpeerreviewmaketitle ifvmode ignorespaces"
        " ignorespacesafterend indent indexspace interlinepenalty it itshape Large large LARGE leavevmode"
        " lefteqn limits linebreak LinesNumbered linewidth listofalgorithms listoffigures listoftables"
        " makeatletter makeatother makeindex maketitle maketitlesupplementary mdseries medskip medskipamount"
        " midrule negthinspace newgeometry newpage nofiles noindent nolimits nolinebreak nonfrenchspacing"
        " nonumber nopagebreak nopunct normalfont normalsize notag null onecolumn onehalfspacing pagebreak par"
        " parttoc phantomsection printAffiliationsAndNotice printbibliography printindex protect raggedbottom"
        " raggedleft raggedright relax reversemarginpar rm rmdefault rmfamily samepage sc scriptsize scshape"
        " selectfont SetAlgoLined setuptodonotes sf sfdefault sffamily sffamilydefault singlespace"
        " singlespacing sl sloppy small smallskip strut tableofcontents textstyle theoremstyle thinspace tiny"
        " titlepage toprule tt ttdefault ttfamily unboldmath unskip upshape vfill vrule vss xspace"
    ).split()
)
"""Commands that print nothing and take nothing."""
LENGTHS = frozenset(
    (
        "abovecaptionskip abovedisplayshortskip abovedisplayskip aboverulesep arraycolsep arrayrulewidth"
        " baselineskip belowcaptionskip belowdisplayshortskip belowdisplayskip belowrulesep clubpenalty"
        " columnsep dblfloatsep dbltextfloatsep doublerulesep emergencystretch evensidemargin fboxrule fboxsep"
        " floatsep footskip hangafter hangindent hbadness headheight headsep hfuzz hoffset hskip"
        " interfootnotelinepenalty intextsep itemsep kern labelsep leftmargin leftskip lightrulewidth lineskip"
        " looseness marginparwidth mkern mskip oddsidemargin parfillskip parindent parsep parskip partopsep"
        " penalty pretolerance rightmargin rightskip tabcolsep textfloatsep textheight textwidth tolerance"
        " topmargin topsep topskip vbadness vfuzz voffset vskip widowpenalty"
    ).split()
)
"""Registers: `\\parindent=0pt` and `\\vskip 3pt plus 1pt` print nothing."""
_HIDDEN = {
    0: ("ListProperties"),
    1: (
        "acmArticle acmBooktitle acmConference acmDOI acmISBN acmJournal acmMonth acmNumber acmPrice"
        " acmVolume acmYear acrodef address affil affiliation aistatsaddress allowdisplaybreaks arrayrulecolor"
        " AtEndDocument authorrunning bibliographystyle bstctlcite ccsdesc cellcolor cfoot chead citestyle"
        " city cline cmidrule color columncolor copyrightyear country date DeclareGraphicsExtensions"
        " DeclareMathSizes definecolorset documentclass doi email enlargethispage excludecomment"
        " explanationtext fancyfoot fancyhead fancyhf fontfamily fontseries fontshape geometry glsresetall"
        " graphicspath hphantom hspace hypersetup hyphenation icmlkeywords icmltitlerunning IEEEtriggeratref"
        " includepdf index institute institution keywords lfoot lhead linespread lstset marginpar markright"
        " mathtoolsset microtypesetup mintedsetup newlength noalign nobibliography nocite orcid pagenumbering"
        " pageref pagestyle pdfbookmark pdfinfo pdfoutput pgfkeys pgfplotsset phantom postcode raisetag"
        " received renewbibmacro rfoot rhead rowcolor setcitestyle setcopyright setitemize setlist setstretch"
        " sisetup state streetaddress tcbset tcbuselibrary thanks theoremstyle thispagestyle tikzset"
        " titleclass titlerunning tocauthor toctitle todo urlstyle usepackage usetikzlibrary vadjust vphantom"
        " vspace"
    ),
    2: (
        "addtolength AfterEndEnvironment AtBeginEnvironment AtEndEnvironment BeforeBeginEnvironment colorlet"
        " crefformat Crefformat crefname Crefname crefrangeformat Crefrangeformat DeclareFieldFormat"
        " declarefont DeclareFontFamily DeclareUnicodeCharacter DefineVerbatimEnvironment floatname fontsize"
        " icmlaffiliation icmlcorrespondingauthor icmlsetsymbol lstdefinelanguage lstdefinestyle markboth"
        " newcolumntype newglossaryentry newtcblisting newtcolorbox newunicodechar pgfplotstableread rule"
        " savebox sbox setkeys SetKw SetKwFunction SetKwInOut SetKwInput setlength titleformat"
    ),
    3: (
        "addcontentsline definecolor newacronym rowcolors SetKwComment SetKwRepeat SetStartEndCondition"
        " specialrule titlecontents titlespacing"
    ),
    4: ("apptocmd crefmultiformat Crefmultiformat DeclareFontShape pretocmd SetKwFor SetKwProg"),
    5: ("patchcmd xpatchcmd"),
    8: ("SetKwIF SetKwSwitch"),
}
HIDES_ARGUMENTS: dict[str, int] = {name: count for count, names in _HIDDEN.items() for name in names.split()}
"""Commands that print nothing themselves → the number of their arguments."""
PRINTS_ARGUMENT = {"textcolor": 1, "colorbox": 1, "fcolorbox": 2, "parbox": 1, "rotatebox": 1, "resizebox": 2, "scalebox": 1, "raisebox": 1,
                   "multicolumn": 2, "multirow": 2, "href": 1, "hyperref": 0, "adjustbox": 1, "foreignlanguage": 1, "makebox": 0, "framebox": 0,
                   "epigraph": 0, "tcbox": 0, "twocolumn": 0, "rotatebox*": 1, "lettrine": 0, "SI": 0, "selectlanguage": 1, "mintinline": 1, "lstinline": 0}  # fmt: skip
"""Commands whose last argument is printed → the number of arguments before it that are not."""
TRANSPARENT = frozenset(
    (
        ") ] ac acf ack acknowledgements acknowledgments acks acl acp acs And and AND answerNA answerNo"
        " answerTODO answerYes array begingroup bgroup center centerline detokenize egroup emph endcenter"
        " endcsname endgroup endproof endquote endtheorem enquote fbox flushleft flushright footnotemark gls"
        " Gls glspl hbox hfuzz hl justificationTODO Large leftline lowercase lq MakeLowercase MakeUppercase"
        " mathbf mathlarger mathrm mbox mdseries newblock newline noexpand nohyphens num number proof quote"
        " rightline rq shortstack small smash sout st string subtitle text textbf textfrak textit textlf"
        " textln textmd textnormal textquotesingle textrm textsc textsf textsl textsubscript textsuperscript"
        " texttt textup the theorem today ul uline underline uppercase uuline uwave vbox version vtop"
    ).split()
)
"""Commands that only change how their argument looks."""


def compose(accent: str, letter: str) -> str:
    """`\\'e` → é."""
    base = {"ı": "i", "ȷ": "j"}.get(letter, letter)
    return unicodedata.normalize("NFC", base[:1] + ACCENTS[accent]) + base[1:] if base else ""


def tidy(text: str) -> str:
    """Typewriter quotes and dashes as printed; white space folded."""
    text = text.replace("``", "“").replace("''", "”").replace("---", "—")
    text = re.sub(r"(?<![-–])--(?![-–])", "–", text)
    return re.sub(r"\s+", " ", text)
