//! What the lists of trusted roots hold of the roots that a chain leads to.

use super::presented::Presented;
use crate::finding::Finding;
use crate::trust::{self, Anchor, Standing, Store};
use crate::words;

/// What one list holds of a chain.
#[derive(Clone, Copy, Debug)]
pub(in crate::rules) enum Opinion {
    /// It trusts a root that the chain leads to.
    Trusts,
    /// It trusted this root once, and does so no more for this certificate.
    Distrusts(&'static Anchor, Standing),
    /// It trusts none, and is not known to have done so.
    Lacks,
    /// It hangs on when the certificate was issued, which cannot be read.
    Unknown,
}

/// Returns what each compiled-in list holds of a chain, in the order of reports; nothing where no root is known.
pub(in crate::rules) fn opinions(presented: &Presented<'_>) -> Vec<(Store, Opinion)> {
    let roots: Vec<&Anchor> = presented.chain.roots().iter().filter_map(trust::find).collect();
    if roots.is_empty() {
        return Vec::new();
    }
    Store::EMBEDDED.into_iter().map(|store| (store, opinion(presented, &roots, store))).collect()
}

fn opinion(presented: &Presented<'_>, roots: &[&'static Anchor], store: Store) -> Opinion {
    let mut worst = Opinion::Lacks;
    for root in roots {
        match (root.standing(store), presented.leaf.not_before) {
            (Standing::Trusted, _) => return Opinion::Trusts,
            (Standing::Until(_), Some(issued)) if root.is_trusted_by(store, issued) => {
                return Opinion::Trusts;
            }
            (Standing::Until(_), None) => worst = Opinion::Unknown,
            (standing @ (Standing::Until(_) | Standing::Removed(_)), _) => {
                if matches!(worst, Opinion::Lacks) {
                    worst = Opinion::Distrusts(root, standing);
                }
            }
            (Standing::Absent, _) => {}
        }
    }
    worst
}

/// Says who trusts the root and who does not; nothing where no list does.
pub(in crate::rules) fn sentence(presented: &Presented<'_>) -> Option<String> {
    let (trusting, others) = sides(presented);
    let verb =
        |names: &[&str], one: &'static str, more: &'static str| if names.len() == 1 { one } else { more };
    if trusting.is_empty() {
        return None;
    }
    let trusts = format!("{} {} this root", words::list(&trusting), verb(&trusting, "trusts", "trust"));
    Some(if others.is_empty() {
        format!("{trusts}.")
    } else {
        format!("{trusts}, {} {} not.", words::list(&others), verb(&others, "does", "do"))
    })
}

/// Adds to a finding's evidence which root it is and who trusts it.
pub(in crate::rules) fn evidence(presented: &Presented<'_>, finding: Finding) -> Finding {
    let Some(root) = presented.chain.roots().first().and_then(trust::find) else { return finding };
    let (trusting, others) = sides(presented);
    finding
        .evidence("root_sha256", root.fingerprint.to_string())
        .evidence("trusted_by", trusting)
        .evidence("not_trusted_by", others)
}

fn sides(presented: &Presented<'_>) -> (Vec<&'static str>, Vec<&'static str>) {
    let known = opinions(presented).into_iter().filter(|(_, opinion)| !matches!(opinion, Opinion::Unknown));
    let (trusting, others): (Vec<_>, Vec<_>) =
        known.partition(|(_, opinion)| matches!(opinion, Opinion::Trusts));
    let names = |side: Vec<(Store, Opinion)>| side.into_iter().map(|(store, _)| store.name()).collect();
    (names(trusting), names(others))
}
