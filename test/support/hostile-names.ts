/** Names that a database may have, and that are to be shown and not obeyed: as PostgreSQL prints them, quoted. */
export const hostileNames = [
  '"<script>document.title=1</script>"',
  '"""><img src=x onerror=document.title=1>"',
  '"`code` ```fence``` ~~~"',
  '"a|b\\|c\\\\|d"',
  '"two\nlines\n\n# heading\n::stop-commands::x"',
  '"::add-mask::x"',
  '"##[add-mask]x"',
  '"\u202eesrever\u202c \u05d0\u05d1\u05d2"',
  '"</style></svg><svg onload=alert(1)>"',
  '"&lt;b&gt; &amp;"',
  '"[link](javascript:alert(1)) ![x](http://example.org/x.png)"',
  '"@everybody #1 http://example.org"',
  '"%%{init: {}}%% direction TB"',
  '"--> <!-- "',
  '"\u0007bell\u001b[31mred"',
] as const;
