"""Shao et al., DeepSeekMath, 2024 (arXiv:2402.03300)."""

from scipy.stats import zscore

from landmarks._format import Check

CHECKS = (
    Check("1", "scipy.stats.zscore(ddof=1)", lambda r: {r"\mathbf{r}": r.normal(size=7), "G": 7},
          lambda i: zscore(i[r"\mathbf{r}"], ddof=1), "which deviation, of the sample or the population, is not printed",
          also=lambda i: zscore(i[r"\mathbf{r}"])),
)
