//! What layers know of the network around them: shapes, parameters, their place.

pub(crate) mod follow;
pub(crate) mod mistake;
pub(crate) mod parameter;
pub(crate) mod place;
pub(crate) mod shape;
pub(crate) mod tail;
