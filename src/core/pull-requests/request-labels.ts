/** A label, as every host that has labels takes it. */
export const REQUEST_LABEL = /^[^,]{1,255}$/;
