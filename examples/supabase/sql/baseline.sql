-- slipway: version 20260105090000
CREATE TABLE public.profiles (
  id uuid PRIMARY KEY REFERENCES auth.users (id) ON DELETE CASCADE,
  name text NOT NULL,
  token text NOT NULL DEFAULT encode(extensions.gen_random_bytes(16), 'hex')
);

ALTER TABLE public.profiles ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_profile ON public.profiles TO authenticated USING (id = auth.uid());

CREATE FUNCTION public.make_profile() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
AS $$
BEGIN
  INSERT INTO public.profiles (id, name) VALUES (NEW.id, coalesce(NEW.raw_user_meta_data ->> 'name', 'new'));
  RETURN NEW;
END
$$;

-- On a table of the platform: the trigger is the project's.
CREATE TRIGGER make_profile AFTER INSERT ON auth.users
  FOR EACH ROW EXECUTE FUNCTION public.make_profile();
