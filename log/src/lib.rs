//! A Merkle log on an object store, in the C2SP tlog-tiles layout.
