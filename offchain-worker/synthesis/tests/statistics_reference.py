#!/usr/bin/env python3
"""Prints the numbers that tests/statistics.rs and src/statistics/distribution.rs compare with.

    pip install scipy==1.17.1 statsmodels==0.15.0 lifelines==0.30.3
    python3 statistics_reference.py table > statistics/table.csv
    python3 statistics_reference.py expected > statistics/expected.json
    python3 statistics_reference.py distributions > statistics/distributions.rs
"""

import json
import sys
from pathlib import Path

import numpy as np
from scipy import stats

TABLE = Path(__file__).parent / "statistics/table.csv"


def table():
    rng = np.random.default_rng(20)
    print("age,sex,stage,bili,dose,died,days,small,rare")
    for row in range(180):
        sex = rng.choice(["F", "M"], p=[0.55, 0.45])
        stage = rng.choice(["I", "II", "III", "IV"], p=[0.3, 0.3, 0.25, 0.15])
        age = rng.normal(60 + 3 * "I II III IV".split().index(stage), 11)
        bili = np.exp(rng.normal(0.3 + 0.02 * (age - 60), 0.6))
        dose = rng.integers(1, 9)
        risk = -1 + 0.05 * (age - 60) + 0.7 * (stage == "IV") + 0.4 * (sex == "M")
        died = int(rng.random() < 1 / (1 + np.exp(-risk)))
        days = int(rng.exponential(900 / np.exp(0.4 * risk))) + 1
        bili_text = "" if rng.random() < 0.08 else f"{bili:.2f}"
        stage_text = "" if rng.random() < 0.04 else stage
        small = f"{0.37 * row + rng.normal():.4f}" if row < 15 else ""
        rare = "yes" if row % 60 == 7 or (sex == "M" and row % 30 == 2) else "no"
        print(f"{age:.1f},{sex},{stage_text},{bili_text},{dose},{died},{days},{small},{rare}")


def interval(pair):
    return {"low": float(pair[0]), "high": float(pair[1])}


def describe(data):
    out = {}
    for name in ["age", "bili"]:
        x = data[name].dropna()
        q = np.quantile(x, [0, 0.25, 0.5, 0.75, 1])
        ci = stats.t.interval(0.95, len(x) - 1, x.mean(), stats.sem(x))
        out[name] = {"n": len(x), "missing": int(data[name].isna().sum()), "mean": x.mean(), "deviation": x.std(),
                     "quantiles": list(q), "interval": interval(ci)}
    from statsmodels.stats.proportion import proportion_confint
    k, n = int((data.sex == "M").sum()), len(data)
    out["male"] = {"count": k, "share": k / n, "interval": interval(proportion_confint(k, n, method="wilson"))}
    return out


def two_samples(data):
    both = data.dropna(subset=["bili"])
    a, b = both.bili[both.sex == "F"], both.bili[both.sex == "M"]
    out = {}
    for name, equal in [("welch", False), ("student", True)]:
        r = stats.ttest_ind(a, b, equal_var=equal)
        out[name] = {"t": r.statistic, "df": float(r.df), "p": r.pvalue, "interval": interval(r.confidence_interval())}
    r = stats.mannwhitneyu(a, b, method="asymptotic", use_continuity=True)
    out["mann_whitney"] = {"u": r.statistic, "p": r.pvalue}
    r = stats.mannwhitneyu(data.dose[data.sex == "F"], data.dose[data.sex == "M"], method="asymptotic")
    out["mann_whitney_ties"] = {"u": r.statistic, "p": r.pvalue}
    few = data.dropna(subset=["small"])
    r = stats.mannwhitneyu(few.small[few.sex == "F"], few.small[few.sex == "M"], method="exact")
    out["mann_whitney_exact"] = {"u": r.statistic, "p": r.pvalue}
    return out


def contingency(data):
    import pandas as pd
    out = {}
    table = pd.crosstab(data.stage, data.died)
    r = stats.chi2_contingency(table, correction=False)
    v = stats.contingency.association(table, method="cramer")
    out["chi_square"] = {"statistic": r.statistic, "df": int(r.dof), "p": r.pvalue, "cramer_v": v}
    table = pd.crosstab(data.sex, data.rare)
    r = stats.chi2_contingency(table, correction=False)
    f = stats.fisher_exact(table)
    out["fisher"] = {"statistic": r.statistic, "p": r.pvalue, "fisher_p": f.pvalue, "odds_ratio": f.statistic}
    return out


def terms(model, t):
    ci = np.asarray(model.conf_int())
    return [{"coefficient": float(b), "error": float(s), "statistic": float(z), "p": float(p), "interval": interval(c)}
            for b, s, z, p, c in zip(model.params, model.bse, t, model.pvalues, ci)]


def regressions(data):
    import statsmodels.api as sm
    import pandas as pd
    full = data.dropna(subset=["bili", "stage"])
    dummies = pd.get_dummies(full.stage, drop_first=True).astype(float)
    x = np.column_stack([np.ones(len(full)), full.age, dummies, (full.sex == "M").astype(float)])
    out = {}
    ols = sm.OLS(full.bili.to_numpy(), x).fit()
    out["linear"] = {"n": int(ols.nobs), "r_squared": ols.rsquared, "adjusted": ols.rsquared_adj,
                     "residual_error": float(np.sqrt(ols.mse_resid)), "f": ols.fvalue, "p": ols.f_pvalue,
                     "terms": terms(ols, ols.tvalues)}
    hc3 = ols.get_robustcov_results("HC3", use_t=True)
    out["hc3"] = {"terms": terms(hc3, hc3.tvalues)}
    logit = sm.Logit(full.died.to_numpy(), x).fit(method="newton", maxiter=100, tol=1e-14, ridge_factor=0, disp=0)
    # statsmodels finds the null model's likelihood by iteration, to fewer digits than its closed form has.
    k, n = full.died.sum(), len(full)
    null = k * np.log(k / n) + (n - k) * np.log(1 - k / n)
    p = stats.chi2.sf(2 * (logit.llf - null), x.shape[1] - 1)
    out["logistic"] = {"n": int(logit.nobs), "log_likelihood": logit.llf, "null": null, "p": p,
                       "terms": terms(logit, logit.tvalues)}
    return out


def survival(data):
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import multivariate_logrank_test
    from lifelines.utils import median_survival_times
    km = KaplanMeierFitter(alpha=0.05).fit(data.days, data.died)
    ci = km.confidence_interval_survival_function_
    points = [t for t in km.survival_function_.index if km.event_table.observed[t] > 0][::7]
    finite = lambda v: float(v) if np.isfinite(v) else None
    median = median_survival_times(ci)
    out = {"points": [{"time": float(t), "survival": float(km.survival_function_.loc[t].iloc[0]),
                       "low": float(ci.loc[t].iloc[0]), "high": float(ci.loc[t].iloc[1])} for t in points],
           "median": finite(km.median_survival_time_),
           "median_interval": sorted(v for v in map(finite, median.iloc[0]) if v is not None)}
    ranked = data.dropna(subset=["stage"])
    for name, rows, group in [("two", data, data.sex), ("four", ranked, ranked.stage)]:
        r = multivariate_logrank_test(rows.days, group, rows.died)
        out[f"log_rank_{name}"] = {"statistic": float(r.test_statistic), "p": float(r.p_value)}
    return out


def expected():
    import pandas as pd
    data = pd.read_csv(TABLE)
    parts = {"describe": describe(data), "two": two_samples(data), "contingency": contingency(data),
             "regressions": regressions(data), "survival": survival(data)}
    print(json.dumps(parts, indent="\t", default=float))


def rows(name, width, values):
    print(f"/// Arguments, and the expected value.\nconst {name}: &[({', '.join(['f64'] * width)})] = &[")
    for value in values:
        print("\t(" + ", ".join(repr(float(v)) for v in value) + "),")
    print("];")


def distributions():
    # Degrees of freedom up to those of a table with a million rows.
    rows("T", 3, [(t, df, 2 * stats.t.sf(t, df)) for t in [0.125, 1.0, 2.5, 8.0] for df in [1, 2.5, 30, 1e3, 1e5, 1e6]
                  if t < 8 or df < 1e4])
    rows("T_QUANTILES", 3, [(a, df, stats.t.isf(a / 2, df)) for a in [0.05, 0.01] for df in [1, 3.7, 28, 5e3, 1e6]])
    rows("F", 4, [(f, a, b, stats.f.sf(f, a, b)) for f in [0.25, 1.0, 3.5] for a in [1, 5, 20] for b in [2, 50, 1e5]])
    rows("CHI_SQUARE", 3, [(x, df, stats.chi2.sf(x, df)) for x in [0.25, 3.0, 40.0, 400.0] for df in [1, 4, 30, 350]
                           if stats.chi2.sf(x, df) > 1e-200])


if __name__ == "__main__":
    {"table": table, "expected": expected, "distributions": distributions}[sys.argv[1]]()
