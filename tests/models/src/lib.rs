//! The protocols P1 and P2 as models, small enough to be looked at in every possible order of steps.
//!
//! The World lives many histories of the real code; a model lives all histories of the rules. What
//! each step stands for is named beside it, so that a change of the code can be followed here. A model
//! proves something only if it can also find fault: each lacks one safety line at a time, and the
//! checker must then show how it goes wrong.
