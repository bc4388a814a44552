// What names an account: a business by its slug, a person by an e-mail address. Whoever compares, stores, looks up or
// counts one does it in this form, so that two spellings are one account everywhere or nowhere.

/** The slug of a business as it is stored: without blanks around it, in lower case. */
export function normaliseSlug(slug: string): string {
  return slug.trim().toLowerCase();
}

/** An e-mail address as it is stored and looked up: without blanks around it, in lower case. */
export function normaliseEmail(email: string): string {
  return email.trim().toLowerCase();
}
