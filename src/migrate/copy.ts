/** The driver's submittable for `COPY ... FROM stdin`; loaded only for a file that has one. */
export { from as copyFrom } from 'pg-copy-streams';
