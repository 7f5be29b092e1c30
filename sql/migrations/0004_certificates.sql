-- The grammar's tables, which administrators can change, and what health authorities issued.

-- A certificate number as one integer, so that ranges can be counted: A000000000 is 0, B000000000 is 10^9.
CREATE FUNCTION certificate_ordinal(number text) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT (ascii(number) - 65)::bigint * 1000000000 + substr(number, 2)::bigint
$$;
CREATE FUNCTION certificate_number(ordinal bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT chr(65 + (ordinal / 1000000000)::int) || lpad((ordinal % 1000000000)::text, 9, '0')
$$;

CREATE TABLE certificate_letters (
    letter text PRIMARY KEY,
    year   int  NOT NULL,
    CONSTRAINT certificate_letters_one_letter CHECK (letter ~ '^[A-Z]$')
);
INSERT INTO certificate_letters (letter, year) SELECT chr(65 + n), 2000 + n FROM generate_series(0, 25) AS n;

CREATE TABLE certificate_editions (
    edition   int  PRIMARY KEY,
    first_day date NOT NULL,
    last_day  date
);
INSERT INTO certificate_editions (edition, first_day, last_day) VALUES
    (1, '1996-01-01', NULL), (2, '2000-01-01', NULL), (3, '2003-01-01', NULL), (4, '2004-12-01', NULL),
    (5, '2014-01-01', NULL), (6, '2019-01-01', '2023-03-31'), (7, '2023-04-01', NULL);

-- GB/T 2260, the first two digits.
-- `complete_from` is the first printing year from which every certificate of the province is delivered here;
-- only then can a number be said never to have been issued.
CREATE TABLE provinces (
    code          text PRIMARY KEY,
    name          text NOT NULL,
    complete_from int
);
INSERT INTO provinces (code, name) VALUES
    ('11', '北京市'), ('12', '天津市'), ('13', '河北省'), ('14', '山西省'), ('15', '内蒙古自治区'),
    ('21', '辽宁省'), ('22', '吉林省'), ('23', '黑龙江省'),
    ('31', '上海市'), ('32', '江苏省'), ('33', '浙江省'), ('34', '安徽省'), ('35', '福建省'), ('36', '江西省'), ('37', '山东省'),
    ('41', '河南省'), ('42', '湖北省'), ('43', '湖南省'), ('44', '广东省'), ('45', '广西壮族自治区'), ('46', '海南省'),
    ('50', '重庆市'), ('51', '四川省'), ('52', '贵州省'), ('53', '云南省'), ('54', '西藏自治区'),
    ('61', '陕西省'), ('62', '甘肃省'), ('63', '青海省'), ('64', '宁夏回族自治区'), ('65', '新疆维吾尔自治区');
GRANT SELECT ON certificate_letters, certificate_editions, provinces TO birthreg_service;

-- What the health authority says of a number. Identity numbers and addresses are not kept here.
CREATE TABLE issuances (
    certificate_number   text COLLATE "C" NOT NULL,
    issue_kind           smallint    NOT NULL,
    issued_on            date        NOT NULL,
    child_name           text        NOT NULL,
    child_sex            smallint    NOT NULL,
    born_at              timestamptz NOT NULL,
    gestation_days       int,
    weight_grams         int,
    length_centimeters   int,
    birth_place          text,
    birth_division       text,
    mother_name          text,
    father_name          text,
    issuer_name          text        NOT NULL,
    issuer_division      text        NOT NULL,
    issuer_code          text,
    original_number      text COLLATE "C",
    delivered_at         timestamptz NOT NULL,
    delivered_by         text        NOT NULL,
    CONSTRAINT issuances_number PRIMARY KEY (certificate_number),
    CONSTRAINT issuances_number_is_well_formed CHECK (certificate_number ~ '^[A-Z]\d{9}$'),
    CONSTRAINT issuances_kind_is_known CHECK (issue_kind BETWEEN 1 AND 6),
    CONSTRAINT issuances_sex_is_known CHECK (child_sex IN (0, 1, 2, 9)),
    CONSTRAINT issuances_original_is_another CHECK (original_number <> certificate_number)
);
CREATE INDEX issuances_by_original ON issuances (original_number) WHERE original_number IS NOT NULL;
GRANT SELECT, INSERT ON issuances TO birthreg_service;

-- Grows with every change of the grammar's tables, so that processes know when to read them again.
CREATE TABLE grammar_state (
    single  boolean PRIMARY KEY DEFAULT true CHECK (single),
    version bigint  NOT NULL
);
INSERT INTO grammar_state (version) VALUES (1);
GRANT SELECT ON grammar_state TO birthreg_service;

CREATE FUNCTION grammar_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE grammar_state SET version = version + 1;
    RETURN NULL;
END
$$;
CREATE TRIGGER grammar_changed AFTER INSERT OR UPDATE OR DELETE ON certificate_letters
    FOR EACH STATEMENT EXECUTE FUNCTION grammar_changed();
CREATE TRIGGER grammar_changed AFTER INSERT OR UPDATE OR DELETE ON certificate_editions
    FOR EACH STATEMENT EXECUTE FUNCTION grammar_changed();
CREATE TRIGGER grammar_changed AFTER INSERT OR UPDATE OR DELETE ON provinces
    FOR EACH STATEMENT EXECUTE FUNCTION grammar_changed();
