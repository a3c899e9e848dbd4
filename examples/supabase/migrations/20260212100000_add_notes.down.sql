-- undoes: add notes
DROP TABLE public.notes;
