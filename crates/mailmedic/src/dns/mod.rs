//! DNS: exact answers with three states, whether DNSSEC vouches for them, and what they make of a target.

mod anchor;
#[cfg(test)]
pub(crate) mod authority;
mod blame;
mod discover;
mod exchange;
mod memory;
mod parts;
mod read;
mod resolver;
mod signed;
mod transport;
mod validate;
mod wildcard;

pub use self::anchor::{AnchorError, Anchors};
pub use self::discover::{DiscoverOptions, Discovery, Pacing, discover};
pub use self::resolver::{Resolver, ResolverOptions};

#[cfg(test)]
mod tests;
