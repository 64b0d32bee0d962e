/** One token of each scope. Every test database contains them. */
export const tokens = {
  read: `pi_${'r'.repeat(43)}`,
  write: `pi_${'w'.repeat(43)}`,
  admin: `pi_${'a'.repeat(43)}`,
};

/** The header that authenticates a request. */
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
