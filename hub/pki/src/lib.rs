//! The Matter fabric's certificates: RCAC, ICAC, NOC, and reading what devices send.
