/** One token of each scope, which every test database knows. Being random is the business of real ones. */
export const tokens = {
  read: `pi_${'r'.repeat(43)}`,
  write: `pi_${'w'.repeat(43)}`,
  admin: `pi_${'a'.repeat(43)}`,
};

/** The header that lets a request in. */
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
