"""Who stands behind a document, and whether it is still the same: keys, signatures, verification.

A signature is Ed25519 (RFC 8032) over the RFC 8785 canonical form of a record that names the
signer, the meaning, the time and the sha256 of every file. It is checked offline.
"""
