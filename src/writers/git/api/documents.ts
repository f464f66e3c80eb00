/** Makes one commit on a branch that is at `expectedHeadOid` (docs.github.com, "createCommitOnBranch"). */
export const CREATE_COMMIT = `mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}`;

/** Moves branches, all or none; `beforeOid` is a lease, and forty zeros stand for no branch ("updateRefs"). */
export const UPDATE_REFS = `mutation($input: UpdateRefsInput!) {
  updateRefs(input: $input) { clientMutationId }
}`;

export const REPOSITORY_ID = `query($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { id }
}`;

/** The newest commits of a branch, as far as is needed to know one again. */
export const NEWEST_COMMITS = `query($owner: String!, $name: String!, $ref: String!) {
  repository(owner: $owner, name: $name) {
    ref(qualifiedName: $ref) {
      target { ... on Commit { history(first: 20) { nodes { oid tree { oid } parents(first: 2) { nodes { oid } } } } } }
    }
  }
}`;

export const NO_COMMIT = '0'.repeat(40);
