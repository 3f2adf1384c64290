-- The whole schema. Written by services/migrations/write.py; kept equal to the migrations by a test.


CREATE TABLE accepted_request (
  request_id VARCHAR(64) NOT NULL,
  account_id INTEGER,
  action VARCHAR(64) NOT NULL,
  result TEXT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_accepted_request PRIMARY KEY (request_id)
);
CREATE INDEX ix_accepted_request_at ON accepted_request (at);

CREATE TABLE audit (
  id BIGSERIAL NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  account_id INTEGER,
  actor_name VARCHAR(255) NOT NULL,
  acting_for INTEGER,
  via VARCHAR(16) NOT NULL,
  ip VARCHAR(64),
  request_id VARCHAR(64),
  action VARCHAR(64) NOT NULL,
  object_ref VARCHAR(64) NOT NULL,
  unit_id INTEGER,
  details TEXT NOT NULL,
  CONSTRAINT pk_audit PRIMARY KEY (id)
);
CREATE INDEX ix_audit_account ON audit (account_id, id);
CREATE INDEX ix_audit_object ON audit (object_ref, id);

CREATE TABLE audit_seal (
  id BIGSERIAL NOT NULL,
  first_id INTEGER NOT NULL,
  last_id INTEGER NOT NULL,
  mac VARCHAR(64) NOT NULL,
  previous_mac VARCHAR(64) NOT NULL,
  sealed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_audit_seal PRIMARY KEY (id),
  CONSTRAINT uq_audit_seal_last_id UNIQUE (last_id)
);

CREATE TABLE blob (
  sha256 VARCHAR(64) NOT NULL,
  size BIGINT NOT NULL,
  stored_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_blob PRIMARY KEY (sha256)
);

CREATE TABLE card_group (
  id BIGSERIAL NOT NULL,
  ref VARCHAR(32) NOT NULL,
  type VARCHAR(64) NOT NULL,
  name VARCHAR(255) NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  made_by INTEGER,
  CONSTRAINT pk_card_group PRIMARY KEY (id),
  CONSTRAINT uq_card_group_ref UNIQUE (ref)
);
CREATE INDEX ix_card_group_made_by ON card_group (made_by);
CREATE INDEX ix_card_group_type ON card_group (type);

CREATE TABLE card_refresh (
  type VARCHAR(64) NOT NULL,
  run INTEGER NOT NULL,
  up_to INTEGER NOT NULL,
  done INTEGER NOT NULL,
  total INTEGER NOT NULL,
  CONSTRAINT pk_card_refresh PRIMARY KEY (type)
);

CREATE TABLE card_slot (
  type VARCHAR(64) NOT NULL,
  field VARCHAR(64) NOT NULL,
  key VARCHAR(3) NOT NULL,
  norm VARCHAR(3),
  state VARCHAR(8) NOT NULL,
  CONSTRAINT pk_card_slot PRIMARY KEY (type, field)
);

CREATE TABLE chore (
  name VARCHAR(64) NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE NOT NULL,
  done_at TIMESTAMP WITH TIME ZONE,
  error TEXT,
  CONSTRAINT pk_chore PRIMARY KEY (name)
);

CREATE TABLE deployment (
  id BIGSERIAL NOT NULL,
  solution VARCHAR(64) NOT NULL,
  version INTEGER NOT NULL,
  digest VARCHAR(64) NOT NULL,
  note TEXT NOT NULL,
  deployed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  deployed_by INTEGER,
  CONSTRAINT pk_deployment PRIMARY KEY (id),
  CONSTRAINT uq_deployment_solution_version UNIQUE (solution, version)
);

CREATE TABLE directory (
  code VARCHAR(64) NOT NULL,
  names TEXT NOT NULL,
  scope VARCHAR(16) NOT NULL,
  stewards TEXT NOT NULL,
  columns TEXT NOT NULL,
  solution VARCHAR(64),
  revision INTEGER NOT NULL,
  CONSTRAINT pk_directory PRIMARY KEY (code)
);

CREATE TABLE journal_counter (
  journal VARCHAR(255) NOT NULL,
  period VARCHAR(16) NOT NULL,
  last INTEGER NOT NULL,
  CONSTRAINT pk_journal_counter PRIMARY KEY (journal, period)
);

CREATE TABLE party (
  id BIGSERIAL NOT NULL,
  ref VARCHAR(32) NOT NULL,
  kind VARCHAR(16) NOT NULL,
  name TEXT NOT NULL,
  name_norm TEXT,
  surname TEXT,
  given_name TEXT,
  father_name TEXT,
  short_name TEXT,
  form VARCHAR(16) NOT NULL,
  phone TEXT,
  mail TEXT,
  address TEXT,
  phone_digest VARCHAR(64),
  mail_digest VARCHAR(64),
  locale VARCHAR(8),
  note TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  revision INTEGER NOT NULL,
  merged_into_id BIGINT,
  CONSTRAINT pk_party PRIMARY KEY (id),
  CONSTRAINT uq_party_ref UNIQUE (ref),
  CONSTRAINT fk_party_merged_into_id FOREIGN KEY(merged_into_id) REFERENCES party (id)
);
CREATE INDEX ix_party_mail_digest ON party (mail_digest);
CREATE INDEX ix_party_merged_into_id ON party (merged_into_id);
CREATE INDEX ix_party_name_norm ON party (name_norm);
CREATE INDEX ix_party_phone_digest ON party (phone_digest);

CREATE TABLE personal_value (
  id BIGSERIAL NOT NULL,
  owner_ref VARCHAR(64) NOT NULL,
  field VARCHAR(64) NOT NULL,
  personal_class VARCHAR(32) NOT NULL,
  value TEXT,
  value_norm TEXT,
  value_sort VARCHAR(200) COLLATE "C",
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  erased_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_personal_value PRIMARY KEY (id)
);
CREATE INDEX ix_personal_value_owner_ref ON personal_value (owner_ref);
CREATE INDEX ix_personal_value_value_norm ON personal_value (value_norm);

CREATE TABLE policy (
  name VARCHAR(64) NOT NULL,
  value TEXT NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_by INTEGER,
  CONSTRAINT pk_policy PRIMARY KEY (name)
);

CREATE TABLE principal (
  id BIGSERIAL NOT NULL,
  kind VARCHAR(16) NOT NULL,
  code VARCHAR(64) NOT NULL,
  names TEXT NOT NULL,
  solution VARCHAR(64),
  CONSTRAINT pk_principal PRIMARY KEY (id),
  CONSTRAINT uq_principal_kind_code UNIQUE (kind, code)
);

CREATE TABLE sign_in_delay (
  login_mac VARCHAR(64) NOT NULL,
  failures INTEGER NOT NULL,
  blocked_until TIMESTAMP WITH TIME ZONE,
  failed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_sign_in_delay PRIMARY KEY (login_mac)
);
CREATE INDEX ix_sign_in_delay_failed_at ON sign_in_delay (failed_at);

CREATE TABLE unit (
  id BIGSERIAL NOT NULL,
  code VARCHAR(64) NOT NULL,
  names TEXT NOT NULL,
  parent_id BIGINT,
  path TEXT NOT NULL,
  head_id BIGINT,
  kind VARCHAR(32) NOT NULL,
  closed_on DATE,
  revision INTEGER NOT NULL,
  CONSTRAINT pk_unit PRIMARY KEY (id),
  CONSTRAINT uq_unit_code UNIQUE (code),
  CONSTRAINT fk_unit_parent_id FOREIGN KEY(parent_id) REFERENCES unit (id)
);
CREATE INDEX ix_unit_head_id ON unit (head_id);
CREATE INDEX ix_unit_path ON unit (path);

CREATE TABLE upkeep_run (
  id BIGSERIAL NOT NULL,
  what VARCHAR(16) NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ok BOOLEAN NOT NULL,
  details TEXT NOT NULL,
  CONSTRAINT pk_upkeep_run PRIMARY KEY (id)
);
CREATE INDEX ix_upkeep_run_what ON upkeep_run (what, id);

CREATE TABLE worker (
  name VARCHAR(64) NOT NULL,
  started_at TIMESTAMP WITH TIME ZONE NOT NULL,
  seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_worker PRIMARY KEY (name)
);

CREATE TABLE account (
  id BIGSERIAL NOT NULL,
  ref VARCHAR(32) NOT NULL,
  login VARCHAR(64) NOT NULL,
  name TEXT NOT NULL,
  name_norm TEXT NOT NULL,
  name_sort VARCHAR(200) COLLATE "C" NOT NULL,
  mail VARCHAR(254),
  post TEXT NOT NULL,
  unit_id BIGINT,
  password_hash TEXT,
  must_change_password BOOLEAN NOT NULL,
  active BOOLEAN NOT NULL,
  is_admin BOOLEAN NOT NULL,
  locale VARCHAR(8),
  calendar VARCHAR(16),
  time_zone VARCHAR(64),
  theme VARCHAR(8),
  last_seen_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_account PRIMARY KEY (id),
  CONSTRAINT uq_account_ref UNIQUE (ref),
  CONSTRAINT uq_account_login UNIQUE (login),
  CONSTRAINT fk_account_unit_id FOREIGN KEY(unit_id) REFERENCES unit (id)
);

CREATE TABLE card (
  id BIGSERIAL NOT NULL,
  ref VARCHAR(32) NOT NULL,
  type VARCHAR(64) NOT NULL,
  type_version INTEGER NOT NULL,
  state VARCHAR(64) NOT NULL,
  number VARCHAR(128),
  number_norm TEXT,
  registered_at TIMESTAMP WITH TIME ZONE,
  title TEXT NOT NULL,
  title_norm TEXT NOT NULL,
  title_sort VARCHAR(200) COLLATE "C" NOT NULL,
  data TEXT NOT NULL,
  revision INTEGER NOT NULL,
  unit_id BIGINT,
  author_id INTEGER,
  executor_id INTEGER,
  party_id BIGINT,
  due_at TIMESTAMP WITH TIME ZONE,
  due_words TEXT,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  deleted_at TIMESTAMP WITH TIME ZONE,
  course TEXT,
  CONSTRAINT pk_card PRIMARY KEY (id),
  CONSTRAINT uq_card_type_number UNIQUE (type, number),
  CONSTRAINT uq_card_ref UNIQUE (ref),
  CONSTRAINT fk_card_unit_id FOREIGN KEY(unit_id) REFERENCES unit (id),
  CONSTRAINT fk_card_party_id FOREIGN KEY(party_id) REFERENCES party (id)
);
CREATE INDEX ix_card_due ON card (type, due_at, id);
CREATE INDEX ix_card_list ON card (type, state, id);
CREATE INDEX ix_card_number_norm ON card (number_norm);
CREATE INDEX ix_card_party_id ON card (party_id);
CREATE INDEX ix_card_unit_id ON card (unit_id);

CREATE TABLE card_template (
  id BIGSERIAL NOT NULL,
  ref VARCHAR(32) NOT NULL,
  type VARCHAR(64) NOT NULL,
  type_version INTEGER NOT NULL,
  principal_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  name_sort VARCHAR(200) COLLATE "C" NOT NULL,
  data TEXT NOT NULL,
  revision INTEGER NOT NULL,
  made_by VARCHAR(255) NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_card_template PRIMARY KEY (id),
  CONSTRAINT uq_card_template_ref UNIQUE (ref),
  CONSTRAINT fk_card_template_principal_id FOREIGN KEY(principal_id) REFERENCES principal (id)
);
CREATE INDEX ix_card_template_for ON card_template (type, principal_id, name_sort);

CREATE TABLE card_type (
  id BIGSERIAL NOT NULL,
  code VARCHAR(64) NOT NULL,
  version INTEGER NOT NULL,
  solution VARCHAR(64) NOT NULL,
  deployment_id BIGINT NOT NULL,
  latest BOOLEAN NOT NULL,
  body TEXT NOT NULL,
  CONSTRAINT pk_card_type PRIMARY KEY (id),
  CONSTRAINT uq_card_type_code_version UNIQUE (code, version),
  CONSTRAINT fk_card_type_deployment_id FOREIGN KEY(deployment_id) REFERENCES deployment (id)
);

CREATE TABLE group_answer (
  id BIGSERIAL NOT NULL,
  group_id BIGINT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  by_login VARCHAR(64) NOT NULL,
  transition VARCHAR(64) NOT NULL,
  body TEXT NOT NULL,
  cards TEXT NOT NULL,
  total INTEGER NOT NULL,
  up_to INTEGER NOT NULL,
  done INTEGER NOT NULL,
  refused TEXT NOT NULL,
  "over" BOOLEAN NOT NULL,
  CONSTRAINT pk_group_answer PRIMARY KEY (id),
  CONSTRAINT fk_group_answer_group_id FOREIGN KEY(group_id) REFERENCES card_group (id)
);
CREATE INDEX ix_group_answer_group_id ON group_answer (group_id);

CREATE TABLE party_contact (
  id BIGSERIAL NOT NULL,
  party_id BIGINT NOT NULL,
  kind VARCHAR(16) NOT NULL,
  purpose VARCHAR(16) NOT NULL,
  value TEXT NOT NULL,
  digest VARCHAR(64),
  CONSTRAINT pk_party_contact PRIMARY KEY (id),
  CONSTRAINT fk_party_contact_party_id FOREIGN KEY(party_id) REFERENCES party (id)
);
CREATE INDEX ix_party_contact_digest ON party_contact (digest);
CREATE INDEX ix_party_contact_party_id ON party_contact (party_id);

CREATE TABLE party_identifier (
  id BIGSERIAL NOT NULL,
  party_id BIGINT NOT NULL,
  kind VARCHAR(32) NOT NULL,
  value TEXT NOT NULL,
  digest VARCHAR(64),
  CONSTRAINT pk_party_identifier PRIMARY KEY (id),
  CONSTRAINT fk_party_identifier_party_id FOREIGN KEY(party_id) REFERENCES party (id)
);
CREATE INDEX ix_party_identifier_digest ON party_identifier (digest);
CREATE INDEX ix_party_identifier_party_id ON party_identifier (party_id);

CREATE TABLE resource (
  id BIGSERIAL NOT NULL,
  deployment_id BIGINT NOT NULL,
  path VARCHAR(255) NOT NULL,
  kind VARCHAR(16) NOT NULL,
  sha256 VARCHAR(64) NOT NULL,
  content BYTEA NOT NULL,
  CONSTRAINT pk_resource PRIMARY KEY (id),
  CONSTRAINT uq_resource_deployment_id_path UNIQUE (deployment_id, path),
  CONSTRAINT fk_resource_deployment_id FOREIGN KEY(deployment_id) REFERENCES deployment (id)
);

CREATE TABLE access_token (
  id BIGSERIAL NOT NULL,
  token_sha256 VARCHAR(64) NOT NULL,
  account_id BIGINT NOT NULL,
  name VARCHAR(100) NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  created_by INTEGER,
  ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
  revoked_at TIMESTAMP WITH TIME ZONE,
  seen_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_access_token PRIMARY KEY (id),
  CONSTRAINT uq_access_token_token_sha256 UNIQUE (token_sha256),
  CONSTRAINT fk_access_token_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE INDEX ix_access_token_account_id ON access_token (account_id);

CREATE TABLE account_principal (
  account_id BIGINT NOT NULL,
  principal_id BIGINT NOT NULL,
  for_account_id INTEGER NOT NULL,
  CONSTRAINT pk_account_principal PRIMARY KEY (account_id, principal_id, for_account_id),
  CONSTRAINT fk_account_principal_account_id FOREIGN KEY(account_id) REFERENCES account (id),
  CONSTRAINT fk_account_principal_principal_id FOREIGN KEY(principal_id) REFERENCES principal (id)
);
CREATE INDEX ix_account_principal_principal ON account_principal (principal_id);

CREATE TABLE account_session (
  id BIGSERIAL NOT NULL,
  token_sha256 VARCHAR(64) NOT NULL,
  account_id BIGINT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ip VARCHAR(64),
  CONSTRAINT pk_account_session PRIMARY KEY (id),
  CONSTRAINT uq_account_session_token_sha256 UNIQUE (token_sha256),
  CONSTRAINT fk_account_session_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE INDEX ix_account_session_account_id ON account_session (account_id);

CREATE TABLE appointment (
  id BIGSERIAL NOT NULL,
  account_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  post TEXT NOT NULL,
  from_on DATE NOT NULL,
  to_on DATE,
  main BOOLEAN NOT NULL,
  active BOOLEAN NOT NULL,
  CONSTRAINT pk_appointment PRIMARY KEY (id),
  CONSTRAINT fk_appointment_account_id FOREIGN KEY(account_id) REFERENCES account (id),
  CONSTRAINT fk_appointment_unit_id FOREIGN KEY(unit_id) REFERENCES unit (id)
);
CREATE INDEX ix_appointment_account_id ON appointment (account_id);
CREATE INDEX ix_appointment_unit_id ON appointment (unit_id);

CREATE TABLE attachment (
  id BIGSERIAL NOT NULL,
  ref VARCHAR(32) NOT NULL,
  card_id BIGINT NOT NULL,
  file_class VARCHAR(32) NOT NULL,
  name TEXT NOT NULL,
  versions INTEGER NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  created_by INTEGER,
  deleted_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_attachment PRIMARY KEY (id),
  CONSTRAINT uq_attachment_ref UNIQUE (ref),
  CONSTRAINT fk_attachment_card_id FOREIGN KEY(card_id) REFERENCES card (id)
);
CREATE INDEX ix_attachment_card_id ON attachment (card_id);

CREATE TABLE binned_card (
  card_id BIGINT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  by_id INTEGER,
  by_name VARCHAR(255) NOT NULL,
  reason TEXT NOT NULL,
  asleep TEXT NOT NULL,
  purge_at TIMESTAMP WITH TIME ZONE NOT NULL,
  purged_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_binned_card PRIMARY KEY (card_id),
  CONSTRAINT fk_binned_card_card_id FOREIGN KEY(card_id) REFERENCES card (id)
);
CREATE INDEX ix_binned_card_at ON binned_card (purged_at, at, card_id);

CREATE TABLE card_access (
  principal_id BIGINT NOT NULL,
  type VARCHAR(64) NOT NULL,
  card_id BIGINT NOT NULL,
  mask INTEGER NOT NULL,
  CONSTRAINT pk_card_access PRIMARY KEY (principal_id, type, card_id),
  CONSTRAINT fk_card_access_principal_id FOREIGN KEY(principal_id) REFERENCES principal (id),
  CONSTRAINT fk_card_access_card_id FOREIGN KEY(card_id) REFERENCES card (id)
);
CREATE INDEX ix_card_access_card ON card_access (card_id, principal_id, mask);

CREATE TABLE card_index (
  card_id BIGINT NOT NULL,
  type VARCHAR(64) NOT NULL,
  state VARCHAR(200) COLLATE "C" NOT NULL,
  unit_id INTEGER,
  author_id INTEGER,
  executor_id INTEGER,
  party_id INTEGER,
  due VARCHAR(200) COLLATE "C",
  registered VARCHAR(200) COLLATE "C",
  number VARCHAR(200) COLLATE "C",
  title VARCHAR(200) COLLATE "C",
  words VARCHAR(500) COLLATE "C",
  k01 VARCHAR(200) COLLATE "C",
  k02 VARCHAR(200) COLLATE "C",
  k03 VARCHAR(200) COLLATE "C",
  k04 VARCHAR(200) COLLATE "C",
  k05 VARCHAR(200) COLLATE "C",
  k06 VARCHAR(200) COLLATE "C",
  k07 VARCHAR(200) COLLATE "C",
  k08 VARCHAR(200) COLLATE "C",
  k09 VARCHAR(200) COLLATE "C",
  k10 VARCHAR(200) COLLATE "C",
  k11 VARCHAR(200) COLLATE "C",
  k12 VARCHAR(200) COLLATE "C",
  k13 VARCHAR(200) COLLATE "C",
  k14 VARCHAR(200) COLLATE "C",
  k15 VARCHAR(200) COLLATE "C",
  k16 VARCHAR(200) COLLATE "C",
  k17 VARCHAR(200) COLLATE "C",
  k18 VARCHAR(200) COLLATE "C",
  k19 VARCHAR(200) COLLATE "C",
  k20 VARCHAR(200) COLLATE "C",
  k21 VARCHAR(200) COLLATE "C",
  k22 VARCHAR(200) COLLATE "C",
  k23 VARCHAR(200) COLLATE "C",
  k24 VARCHAR(200) COLLATE "C",
  n01 VARCHAR(500) COLLATE "C",
  n02 VARCHAR(500) COLLATE "C",
  n03 VARCHAR(500) COLLATE "C",
  n04 VARCHAR(500) COLLATE "C",
  n05 VARCHAR(500) COLLATE "C",
  n06 VARCHAR(500) COLLATE "C",
  n07 VARCHAR(500) COLLATE "C",
  n08 VARCHAR(500) COLLATE "C",
  CONSTRAINT pk_card_index PRIMARY KEY (card_id),
  CONSTRAINT fk_card_index_card_id FOREIGN KEY(card_id) REFERENCES card (id)
);
CREATE INDEX ix_card_index_author ON card_index (type, author_id, card_id);
CREATE INDEX ix_card_index_due ON card_index (type, due, card_id);
CREATE INDEX ix_card_index_executor ON card_index (type, executor_id, card_id);
CREATE INDEX ix_card_index_id ON card_index (type, card_id);
CREATE INDEX ix_card_index_k01 ON card_index (type, k01, card_id) WHERE k01 IS NOT NULL;
CREATE INDEX ix_card_index_k02 ON card_index (type, k02, card_id) WHERE k02 IS NOT NULL;
CREATE INDEX ix_card_index_k03 ON card_index (type, k03, card_id) WHERE k03 IS NOT NULL;
CREATE INDEX ix_card_index_k04 ON card_index (type, k04, card_id) WHERE k04 IS NOT NULL;
CREATE INDEX ix_card_index_k05 ON card_index (type, k05, card_id) WHERE k05 IS NOT NULL;
CREATE INDEX ix_card_index_k06 ON card_index (type, k06, card_id) WHERE k06 IS NOT NULL;
CREATE INDEX ix_card_index_k07 ON card_index (type, k07, card_id) WHERE k07 IS NOT NULL;
CREATE INDEX ix_card_index_k08 ON card_index (type, k08, card_id) WHERE k08 IS NOT NULL;
CREATE INDEX ix_card_index_k09 ON card_index (type, k09, card_id) WHERE k09 IS NOT NULL;
CREATE INDEX ix_card_index_k10 ON card_index (type, k10, card_id) WHERE k10 IS NOT NULL;
CREATE INDEX ix_card_index_k11 ON card_index (type, k11, card_id) WHERE k11 IS NOT NULL;
CREATE INDEX ix_card_index_k12 ON card_index (type, k12, card_id) WHERE k12 IS NOT NULL;
CREATE INDEX ix_card_index_k13 ON card_index (type, k13, card_id) WHERE k13 IS NOT NULL;
CREATE INDEX ix_card_index_k14 ON card_index (type, k14, card_id) WHERE k14 IS NOT NULL;
CREATE INDEX ix_card_index_k15 ON card_index (type, k15, card_id) WHERE k15 IS NOT NULL;
CREATE INDEX ix_card_index_k16 ON card_index (type, k16, card_id) WHERE k16 IS NOT NULL;
CREATE INDEX ix_card_index_k17 ON card_index (type, k17, card_id) WHERE k17 IS NOT NULL;
CREATE INDEX ix_card_index_k18 ON card_index (type, k18, card_id) WHERE k18 IS NOT NULL;
CREATE INDEX ix_card_index_k19 ON card_index (type, k19, card_id) WHERE k19 IS NOT NULL;
CREATE INDEX ix_card_index_k20 ON card_index (type, k20, card_id) WHERE k20 IS NOT NULL;
CREATE INDEX ix_card_index_k21 ON card_index (type, k21, card_id) WHERE k21 IS NOT NULL;
CREATE INDEX ix_card_index_k22 ON card_index (type, k22, card_id) WHERE k22 IS NOT NULL;
CREATE INDEX ix_card_index_k23 ON card_index (type, k23, card_id) WHERE k23 IS NOT NULL;
CREATE INDEX ix_card_index_k24 ON card_index (type, k24, card_id) WHERE k24 IS NOT NULL;
CREATE INDEX ix_card_index_n01 ON card_index (type, n01, card_id) WHERE n01 IS NOT NULL;
CREATE INDEX ix_card_index_n02 ON card_index (type, n02, card_id) WHERE n02 IS NOT NULL;
CREATE INDEX ix_card_index_n03 ON card_index (type, n03, card_id) WHERE n03 IS NOT NULL;
CREATE INDEX ix_card_index_n04 ON card_index (type, n04, card_id) WHERE n04 IS NOT NULL;
CREATE INDEX ix_card_index_n05 ON card_index (type, n05, card_id) WHERE n05 IS NOT NULL;
CREATE INDEX ix_card_index_n06 ON card_index (type, n06, card_id) WHERE n06 IS NOT NULL;
CREATE INDEX ix_card_index_n07 ON card_index (type, n07, card_id) WHERE n07 IS NOT NULL;
CREATE INDEX ix_card_index_n08 ON card_index (type, n08, card_id) WHERE n08 IS NOT NULL;
CREATE INDEX ix_card_index_number ON card_index (type, number, card_id);
CREATE INDEX ix_card_index_party ON card_index (type, party_id, card_id);
CREATE INDEX ix_card_index_registered ON card_index (type, registered, card_id);
CREATE INDEX ix_card_index_state ON card_index (type, state, card_id);
CREATE INDEX ix_card_index_title ON card_index (type, title, card_id);
CREATE INDEX ix_card_index_unit ON card_index (type, unit_id, card_id);

CREATE TABLE card_link (
  from_id BIGINT NOT NULL,
  to_id BIGINT NOT NULL,
  kind VARCHAR(32) NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  made_by INTEGER,
  CONSTRAINT pk_card_link PRIMARY KEY (from_id, to_id, kind),
  CONSTRAINT fk_card_link_from_id FOREIGN KEY(from_id) REFERENCES card (id),
  CONSTRAINT fk_card_link_to_id FOREIGN KEY(to_id) REFERENCES card (id)
);
CREATE INDEX ix_card_link_to_id ON card_link (to_id);

CREATE TABLE card_revision (
  card_id BIGINT NOT NULL,
  revision INTEGER NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  by_id INTEGER,
  by_name VARCHAR(255) NOT NULL,
  acting_for INTEGER,
  what VARCHAR(64) NOT NULL,
  state VARCHAR(64) NOT NULL,
  number VARCHAR(128),
  data TEXT NOT NULL,
  CONSTRAINT pk_card_revision PRIMARY KEY (card_id, revision),
  CONSTRAINT fk_card_revision_card_id FOREIGN KEY(card_id) REFERENCES card (id)
);

CREATE TABLE card_unique (
  key VARCHAR(64) NOT NULL,
  card_id BIGINT NOT NULL,
  field VARCHAR(64) NOT NULL,
  CONSTRAINT pk_card_unique PRIMARY KEY (key),
  CONSTRAINT fk_card_unique_card_id FOREIGN KEY(card_id) REFERENCES card (id)
);
CREATE INDEX ix_card_unique_card_id ON card_unique (card_id);

CREATE TABLE decision_definition (
  id BIGSERIAL NOT NULL,
  deployment_id BIGINT NOT NULL,
  resource_id BIGINT NOT NULL,
  key VARCHAR(255) NOT NULL,
  version INTEGER NOT NULL,
  name TEXT NOT NULL,
  latest BOOLEAN NOT NULL,
  CONSTRAINT pk_decision_definition PRIMARY KEY (id),
  CONSTRAINT uq_decision_definition_key_version UNIQUE (key, version),
  CONSTRAINT fk_decision_definition_deployment_id FOREIGN KEY(deployment_id) REFERENCES deployment (id),
  CONSTRAINT fk_decision_definition_resource_id FOREIGN KEY(resource_id) REFERENCES resource (id)
);
CREATE INDEX ix_decision_definition_deployment_id ON decision_definition (deployment_id);
CREATE INDEX ix_decision_definition_latest ON decision_definition (key, latest);

CREATE TABLE definition (
  id BIGSERIAL NOT NULL,
  deployment_id BIGINT NOT NULL,
  resource_id BIGINT NOT NULL,
  key VARCHAR(255) NOT NULL,
  version INTEGER NOT NULL,
  version_tag VARCHAR(255),
  time_to_live VARCHAR(32),
  name TEXT NOT NULL,
  executable BOOLEAN NOT NULL,
  latest BOOLEAN NOT NULL,
  suspended BOOLEAN NOT NULL,
  compiler_version INTEGER NOT NULL,
  compiled TEXT NOT NULL,
  compiled_sha256 VARCHAR(64) NOT NULL,
  source_map TEXT NOT NULL,
  uses TEXT NOT NULL,
  CONSTRAINT pk_definition PRIMARY KEY (id),
  CONSTRAINT uq_definition_key_version UNIQUE (key, version),
  CONSTRAINT fk_definition_deployment_id FOREIGN KEY(deployment_id) REFERENCES deployment (id),
  CONSTRAINT fk_definition_resource_id FOREIGN KEY(resource_id) REFERENCES resource (id)
);
CREATE INDEX ix_definition_deployment_id ON definition (deployment_id);
CREATE INDEX ix_definition_latest ON definition (key, latest);

CREATE TABLE directory_item (
  id BIGSERIAL NOT NULL,
  directory VARCHAR(64) NOT NULL,
  code VARCHAR(64) NOT NULL,
  parent_id BIGINT,
  level INTEGER NOT NULL,
  leaf BOOLEAN NOT NULL,
  names TEXT NOT NULL,
  search_norm TEXT NOT NULL,
  sort VARCHAR(200) COLLATE "C" NOT NULL,
  path VARCHAR(255) NOT NULL,
  custodian VARCHAR(80),
  data TEXT NOT NULL,
  valid_from DATE,
  valid_to DATE,
  account_id BIGINT,
  unit_id BIGINT,
  revision INTEGER NOT NULL,
  CONSTRAINT pk_directory_item PRIMARY KEY (id),
  CONSTRAINT uq_directory_item_directory_code UNIQUE (directory, code),
  CONSTRAINT fk_directory_item_parent_id FOREIGN KEY(parent_id) REFERENCES directory_item (id),
  CONSTRAINT fk_directory_item_account_id FOREIGN KEY(account_id) REFERENCES account (id),
  CONSTRAINT fk_directory_item_unit_id FOREIGN KEY(unit_id) REFERENCES unit (id)
);
CREATE INDEX ix_directory_item_custodian ON directory_item (custodian);
CREATE INDEX ix_directory_item_order ON directory_item (directory, sort, id);
CREATE INDEX ix_directory_item_parent ON directory_item (directory, parent_id, sort);

CREATE TABLE draft (
  account_id BIGINT NOT NULL,
  key VARCHAR(128) NOT NULL,
  data TEXT NOT NULL,
  saved_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_draft PRIMARY KEY (account_id, key),
  CONSTRAINT fk_draft_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE TABLE follow_code (
  card_id BIGINT NOT NULL,
  receipt VARCHAR(32) NOT NULL,
  code_mac VARCHAR(64) NOT NULL,
  failures INTEGER NOT NULL,
  blocked_until TIMESTAMP WITH TIME ZONE,
  portal VARCHAR(64) NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_follow_code PRIMARY KEY (card_id),
  CONSTRAINT fk_follow_code_card_id FOREIGN KEY(card_id) REFERENCES card (id),
  CONSTRAINT uq_follow_code_receipt UNIQUE (receipt)
);

CREATE TABLE grouped_card (
  group_id BIGINT NOT NULL,
  card_id BIGINT NOT NULL,
  added_at TIMESTAMP WITH TIME ZONE NOT NULL,
  added_by INTEGER,
  CONSTRAINT pk_grouped_card PRIMARY KEY (group_id, card_id),
  CONSTRAINT fk_grouped_card_group_id FOREIGN KEY(group_id) REFERENCES card_group (id),
  CONSTRAINT fk_grouped_card_card_id FOREIGN KEY(card_id) REFERENCES card (id)
);
CREATE INDEX ix_grouped_card_card_id ON grouped_card (card_id);

CREATE TABLE hand_over (
  id BIGSERIAL NOT NULL,
  ref VARCHAR(32) NOT NULL,
  leaver_id BIGINT NOT NULL,
  leaves BOOLEAN NOT NULL,
  plan TEXT NOT NULL,
  total INTEGER NOT NULL,
  done TEXT NOT NULL,
  by_id INTEGER,
  by_name VARCHAR(255) NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_hand_over PRIMARY KEY (id),
  CONSTRAINT uq_hand_over_ref UNIQUE (ref),
  CONSTRAINT fk_hand_over_leaver_id FOREIGN KEY(leaver_id) REFERENCES account (id)
);
CREATE INDEX ix_hand_over_leaver_id ON hand_over (leaver_id);

CREATE TABLE membership (
  account_id BIGINT NOT NULL,
  principal_id BIGINT NOT NULL,
  CONSTRAINT pk_membership PRIMARY KEY (account_id, principal_id),
  CONSTRAINT fk_membership_account_id FOREIGN KEY(account_id) REFERENCES account (id),
  CONSTRAINT fk_membership_principal_id FOREIGN KEY(principal_id) REFERENCES principal (id)
);
CREATE INDEX ix_membership_principal_id ON membership (principal_id);

CREATE TABLE note (
  id BIGSERIAL NOT NULL,
  ref VARCHAR(32) NOT NULL,
  card_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  text TEXT NOT NULL,
  mentions TEXT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE,
  deleted_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_note PRIMARY KEY (id),
  CONSTRAINT uq_note_ref UNIQUE (ref),
  CONSTRAINT fk_note_card_id FOREIGN KEY(card_id) REFERENCES card (id),
  CONSTRAINT fk_note_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE INDEX ix_note_card ON note (card_id, id);

CREATE TABLE notice (
  id BIGSERIAL NOT NULL,
  account_id BIGINT NOT NULL,
  kind VARCHAR(64) NOT NULL,
  params TEXT NOT NULL,
  subject_ref VARCHAR(64),
  task_id INTEGER,
  once_key VARCHAR(255) NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  read_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_notice PRIMARY KEY (id),
  CONSTRAINT fk_notice_account_id FOREIGN KEY(account_id) REFERENCES account (id),
  CONSTRAINT uq_notice_once_key UNIQUE (once_key)
);
CREATE INDEX ix_notice_account ON notice (account_id, read_at, id);

CREATE TABLE password_reset (
  token_sha256 VARCHAR(64) NOT NULL,
  account_id BIGINT NOT NULL,
  ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
  used_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_password_reset PRIMARY KEY (token_sha256),
  CONSTRAINT fk_password_reset_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE INDEX ix_password_reset_account_id ON password_reset (account_id);

CREATE TABLE registered_number (
  id BIGSERIAL NOT NULL,
  journal VARCHAR(255) NOT NULL,
  period VARCHAR(16) NOT NULL,
  seq INTEGER,
  number VARCHAR(128) NOT NULL,
  state VARCHAR(16) DEFAULT 'given' NOT NULL,
  card_id BIGINT,
  given_at TIMESTAMP WITH TIME ZONE NOT NULL,
  given_by INTEGER,
  reserved_until DATE,
  reason TEXT DEFAULT '' NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  ended_by INTEGER,
  CONSTRAINT pk_registered_number PRIMARY KEY (id),
  CONSTRAINT uq_registered_number_journal_period_seq UNIQUE (journal, period, seq),
  CONSTRAINT uq_registered_number_journal_number UNIQUE (journal, number),
  CONSTRAINT fk_registered_number_card_id FOREIGN KEY(card_id) REFERENCES card (id)
);
CREATE INDEX ix_registered_number_card_id ON registered_number (card_id);

CREATE TABLE substitution (
  id BIGSERIAL NOT NULL,
  absent_id BIGINT NOT NULL,
  deputy_id BIGINT NOT NULL,
  from_on DATE NOT NULL,
  to_on DATE,
  scope TEXT NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_substitution PRIMARY KEY (id),
  CONSTRAINT fk_substitution_absent_id FOREIGN KEY(absent_id) REFERENCES account (id),
  CONSTRAINT fk_substitution_deputy_id FOREIGN KEY(deputy_id) REFERENCES account (id)
);
CREATE INDEX ix_substitution_absent_id ON substitution (absent_id);
CREATE INDEX ix_substitution_deputy_id ON substitution (deputy_id);

CREATE TABLE attachment_version (
  attachment_id BIGINT NOT NULL,
  version INTEGER NOT NULL,
  blob_sha256 VARCHAR(64) NOT NULL,
  name TEXT NOT NULL,
  content_type VARCHAR(127) NOT NULL,
  size BIGINT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  by_id INTEGER,
  by_name TEXT NOT NULL,
  CONSTRAINT pk_attachment_version PRIMARY KEY (attachment_id, version),
  CONSTRAINT fk_attachment_version_attachment_id FOREIGN KEY(attachment_id) REFERENCES attachment (id),
  CONSTRAINT fk_attachment_version_blob_sha256 FOREIGN KEY(blob_sha256) REFERENCES blob (sha256)
);
CREATE INDEX ix_attachment_version_blob_sha256 ON attachment_version (blob_sha256);

CREATE TABLE instance (
  id BIGSERIAL NOT NULL,
  ref VARCHAR(32) NOT NULL,
  definition_id BIGINT NOT NULL,
  root_id BIGINT,
  business_key VARCHAR(255),
  subject_ref VARCHAR(64),
  unit_id INTEGER,
  state VARCHAR(16) NOT NULL,
  revision INTEGER NOT NULL,
  started_at TIMESTAMP WITH TIME ZONE NOT NULL,
  started_by INTEGER,
  ended_at TIMESTAMP WITH TIME ZONE,
  end_reason TEXT,
  open_incidents INTEGER NOT NULL,
  execution TEXT NOT NULL,
  CONSTRAINT pk_instance PRIMARY KEY (id),
  CONSTRAINT uq_instance_ref UNIQUE (ref),
  CONSTRAINT fk_instance_definition_id FOREIGN KEY(definition_id) REFERENCES definition (id)
);
CREATE INDEX ix_instance_business_key ON instance (business_key);
CREATE INDEX ix_instance_definition_id ON instance (definition_id);
CREATE INDEX ix_instance_root_id ON instance (root_id);
CREATE INDEX ix_instance_state ON instance (state, started_at);
CREATE INDEX ix_instance_subject ON instance (subject_ref);

CREATE TABLE migration (
  id BIGSERIAL NOT NULL,
  ref VARCHAR(32) NOT NULL,
  source_id BIGINT NOT NULL,
  target_id BIGINT NOT NULL,
  plan TEXT NOT NULL,
  reason TEXT NOT NULL,
  state VARCHAR(16) NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE NOT NULL,
  made_by INTEGER,
  made_by_name VARCHAR(255) NOT NULL,
  CONSTRAINT pk_migration PRIMARY KEY (id),
  CONSTRAINT uq_migration_ref UNIQUE (ref),
  CONSTRAINT fk_migration_source_id FOREIGN KEY(source_id) REFERENCES definition (id),
  CONSTRAINT fk_migration_target_id FOREIGN KEY(target_id) REFERENCES definition (id)
);

CREATE TABLE approval_round (
  id BIGSERIAL NOT NULL,
  card_id BIGINT NOT NULL,
  instance_id BIGINT NOT NULL,
  number INTEGER NOT NULL,
  subject_digest VARCHAR(64) NOT NULL,
  started_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  outcome VARCHAR(16),
  CONSTRAINT pk_approval_round PRIMARY KEY (id),
  CONSTRAINT uq_approval_round_card_id_number UNIQUE (card_id, number),
  CONSTRAINT fk_approval_round_card_id FOREIGN KEY(card_id) REFERENCES card (id),
  CONSTRAINT fk_approval_round_instance_id FOREIGN KEY(instance_id) REFERENCES instance (id)
);
CREATE INDEX ix_approval_round_instance_id ON approval_round (instance_id);

CREATE TABLE external_task (
  id BIGSERIAL NOT NULL,
  ref VARCHAR(32) NOT NULL,
  instance_id BIGINT NOT NULL,
  definition_id BIGINT NOT NULL,
  token VARCHAR(64) NOT NULL,
  element VARCHAR(255) NOT NULL,
  topic VARCHAR(255) NOT NULL,
  state VARCHAR(16) NOT NULL,
  rank INTEGER NOT NULL,
  free_at TIMESTAMP WITH TIME ZONE NOT NULL,
  worker VARCHAR(255),
  retries INTEGER,
  error TEXT,
  error_details TEXT,
  scopes TEXT NOT NULL,
  properties TEXT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_external_task PRIMARY KEY (id),
  CONSTRAINT uq_external_task_instance_id_token UNIQUE (instance_id, token),
  CONSTRAINT uq_external_task_ref UNIQUE (ref),
  CONSTRAINT fk_external_task_instance_id FOREIGN KEY(instance_id) REFERENCES instance (id),
  CONSTRAINT fk_external_task_definition_id FOREIGN KEY(definition_id) REFERENCES definition (id)
);
CREATE INDEX ix_external_task_fetch ON external_task (topic, state, rank, free_at, id);
CREATE INDEX ix_external_task_worker ON external_task (worker, id);

CREATE TABLE history_decision (
  id BIGSERIAL NOT NULL,
  instance_id BIGINT NOT NULL,
  revision INTEGER NOT NULL,
  element VARCHAR(255) NOT NULL,
  decision VARCHAR(255) NOT NULL,
  evaluation TEXT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_history_decision PRIMARY KEY (id),
  CONSTRAINT fk_history_decision_instance_id FOREIGN KEY(instance_id) REFERENCES instance (id)
);
CREATE INDEX ix_history_decision_instance_id ON history_decision (instance_id);

CREATE TABLE history_image (
  instance_id BIGINT NOT NULL,
  revision INTEGER NOT NULL,
  tokens TEXT NOT NULL,
  variables TEXT NOT NULL,
  CONSTRAINT pk_history_image PRIMARY KEY (instance_id, revision),
  CONSTRAINT fk_history_image_instance_id FOREIGN KEY(instance_id) REFERENCES instance (id)
);

CREATE TABLE history_pack (
  instance_id BIGINT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  lines INTEGER NOT NULL,
  content BYTEA NOT NULL,
  CONSTRAINT pk_history_pack PRIMARY KEY (instance_id),
  CONSTRAINT fk_history_pack_instance_id FOREIGN KEY(instance_id) REFERENCES instance (id)
);

CREATE TABLE history_step (
  id BIGSERIAL NOT NULL,
  instance_id BIGINT NOT NULL,
  revision INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  token VARCHAR(64) NOT NULL,
  element VARCHAR(255) NOT NULL,
  what VARCHAR(16) NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  by_id INTEGER,
  acting_for INTEGER,
  subject_revision INTEGER,
  details TEXT,
  CONSTRAINT pk_history_step PRIMARY KEY (id),
  CONSTRAINT uq_history_step_instance_id_revision_seq UNIQUE (instance_id, revision, seq),
  CONSTRAINT fk_history_step_instance_id FOREIGN KEY(instance_id) REFERENCES instance (id)
);

CREATE TABLE history_tombstone (
  instance_id BIGINT NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  lines INTEGER NOT NULL,
  decisions INTEGER NOT NULL,
  variables INTEGER NOT NULL,
  CONSTRAINT pk_history_tombstone PRIMARY KEY (instance_id),
  CONSTRAINT fk_history_tombstone_instance_id FOREIGN KEY(instance_id) REFERENCES instance (id)
);

CREATE TABLE instance_part (
  instance_id BIGINT NOT NULL,
  token VARCHAR(64) NOT NULL,
  parent VARCHAR(64) NOT NULL,
  state TEXT NOT NULL,
  CONSTRAINT pk_instance_part PRIMARY KEY (instance_id, token),
  CONSTRAINT fk_instance_part_instance_id FOREIGN KEY(instance_id) REFERENCES instance (id)
);
CREATE INDEX ix_instance_part_parent ON instance_part (instance_id, parent);

CREATE TABLE job (
  id BIGSERIAL NOT NULL,
  kind VARCHAR(64) NOT NULL,
  payload TEXT NOT NULL,
  once_key VARCHAR(255),
  instance_id BIGINT,
  token VARCHAR(64),
  element VARCHAR(255),
  state VARCHAR(16) NOT NULL,
  run_at TIMESTAMP WITH TIME ZONE NOT NULL,
  attempts INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL,
  lease_owner VARCHAR(64),
  lease_until TIMESTAMP WITH TIME ZONE,
  fence INTEGER NOT NULL,
  result TEXT,
  last_error TEXT,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_job PRIMARY KEY (id),
  CONSTRAINT uq_job_once_key UNIQUE (once_key),
  CONSTRAINT fk_job_instance_id FOREIGN KEY(instance_id) REFERENCES instance (id)
);
CREATE INDEX ix_job_claim ON job (state, run_at, id);
CREATE INDEX ix_job_instance ON job (instance_id, state);

CREATE TABLE migration_item (
  id BIGSERIAL NOT NULL,
  migration_id BIGINT NOT NULL,
  instance_id BIGINT NOT NULL,
  state VARCHAR(16) NOT NULL,
  refusals TEXT NOT NULL,
  revision INTEGER,
  snapshot TEXT,
  ended_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_migration_item PRIMARY KEY (id),
  CONSTRAINT uq_migration_item_migration_id_instance_id UNIQUE (migration_id, instance_id),
  CONSTRAINT fk_migration_item_migration_id FOREIGN KEY(migration_id) REFERENCES migration (id),
  CONSTRAINT fk_migration_item_instance_id FOREIGN KEY(instance_id) REFERENCES instance (id)
);
CREATE INDEX ix_migration_item_instance ON migration_item (instance_id);
CREATE INDEX ix_migration_item_state ON migration_item (migration_id, state, id);

CREATE TABLE task (
  id BIGSERIAL NOT NULL,
  ref VARCHAR(32) NOT NULL,
  instance_id BIGINT NOT NULL,
  definition_id BIGINT NOT NULL,
  token VARCHAR(64) NOT NULL,
  element VARCHAR(255) NOT NULL,
  name TEXT NOT NULL,
  kind VARCHAR(32) NOT NULL,
  multi_instance VARCHAR(64),
  properties TEXT NOT NULL,
  form_key VARCHAR(255),
  solution VARCHAR(64) NOT NULL,
  subject_ref VARCHAR(64),
  unit_id INTEGER,
  state VARCHAR(16) NOT NULL,
  assignee_id INTEGER,
  priority INTEGER NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE,
  due_words TEXT,
  follow_up_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  claimed_at TIMESTAMP WITH TIME ZONE,
  ended_at TIMESTAMP WITH TIME ZONE,
  ended_by INTEGER,
  acting_for INTEGER,
  revision INTEGER NOT NULL,
  CONSTRAINT pk_task PRIMARY KEY (id),
  CONSTRAINT uq_task_instance_id_token UNIQUE (instance_id, token),
  CONSTRAINT uq_task_id_state UNIQUE (id, state),
  CONSTRAINT uq_task_ref UNIQUE (ref),
  CONSTRAINT fk_task_instance_id FOREIGN KEY(instance_id) REFERENCES instance (id),
  CONSTRAINT fk_task_definition_id FOREIGN KEY(definition_id) REFERENCES definition (id)
);
CREATE INDEX ix_task_assignee ON task (assignee_id, state, due_at, id);
CREATE INDEX ix_task_instance ON task (instance_id, state, id);
CREATE INDEX ix_task_state_due ON task (state, due_at, id);
CREATE INDEX ix_task_subject ON task (subject_ref, state);

CREATE TABLE variable (
  instance_id BIGINT NOT NULL,
  scope VARCHAR(64) NOT NULL,
  name VARCHAR(255) NOT NULL,
  value TEXT NOT NULL,
  CONSTRAINT pk_variable PRIMARY KEY (instance_id, scope, name),
  CONSTRAINT fk_variable_instance_id FOREIGN KEY(instance_id) REFERENCES instance (id)
);

CREATE TABLE incident (
  id BIGSERIAL NOT NULL,
  instance_id BIGINT,
  job_id BIGINT,
  token VARCHAR(64),
  element VARCHAR(255),
  code VARCHAR(64) NOT NULL,
  params TEXT NOT NULL,
  trace TEXT,
  state VARCHAR(16) NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  ended_by INTEGER,
  CONSTRAINT pk_incident PRIMARY KEY (id),
  CONSTRAINT fk_incident_instance_id FOREIGN KEY(instance_id) REFERENCES instance (id),
  CONSTRAINT fk_incident_job_id FOREIGN KEY(job_id) REFERENCES job (id)
);
CREATE INDEX ix_incident_instance_id ON incident (instance_id);
CREATE INDEX ix_incident_job_id ON incident (job_id);
CREATE INDEX ix_incident_state ON incident (state, created_at);

CREATE TABLE outbox (
  id BIGSERIAL NOT NULL,
  kind VARCHAR(32) NOT NULL,
  once_key VARCHAR(255) NOT NULL,
  subject_ref VARCHAR(64),
  payload TEXT NOT NULL,
  state VARCHAR(16) NOT NULL,
  reason VARCHAR(64),
  attempts INTEGER NOT NULL,
  job_id BIGINT,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  sent_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_outbox PRIMARY KEY (id),
  CONSTRAINT uq_outbox_once_key UNIQUE (once_key),
  CONSTRAINT fk_outbox_job_id FOREIGN KEY(job_id) REFERENCES job (id)
);
CREATE INDEX ix_outbox_state ON outbox (state, id);
CREATE INDEX ix_outbox_subject ON outbox (subject_ref);

CREATE TABLE signature (
  id BIGSERIAL NOT NULL,
  card_id BIGINT NOT NULL,
  task_id BIGINT,
  account_id BIGINT NOT NULL,
  signed_by INTEGER,
  kind VARCHAR(16) NOT NULL,
  decision VARCHAR(16) NOT NULL,
  remark TEXT NOT NULL,
  subject_digest VARCHAR(64) NOT NULL,
  mac VARCHAR(64) NOT NULL,
  at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_signature PRIMARY KEY (id),
  CONSTRAINT fk_signature_card_id FOREIGN KEY(card_id) REFERENCES card (id),
  CONSTRAINT fk_signature_task_id FOREIGN KEY(task_id) REFERENCES task (id),
  CONSTRAINT fk_signature_account_id FOREIGN KEY(account_id) REFERENCES account (id)
);
CREATE INDEX ix_signature_card_id ON signature (card_id);

CREATE TABLE task_candidate (
  task_id BIGINT NOT NULL,
  principal_id INTEGER NOT NULL,
  state VARCHAR(16) NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_task_candidate PRIMARY KEY (task_id, principal_id),
  CONSTRAINT fk_task_candidate_task_id_state FOREIGN KEY(task_id, state) REFERENCES task (id, state) ON UPDATE CASCADE
);
CREATE INDEX ix_task_candidate_inbox ON task_candidate (principal_id, state, due_at, task_id);

CREATE TABLE visa (
  id BIGSERIAL NOT NULL,
  round_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  decided_by INTEGER,
  task_id BIGINT,
  decision VARCHAR(16) NOT NULL,
  remark TEXT NOT NULL,
  received_at TIMESTAMP WITH TIME ZONE NOT NULL,
  decided_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_visa PRIMARY KEY (id),
  CONSTRAINT uq_visa_round_id_account_id UNIQUE (round_id, account_id),
  CONSTRAINT fk_visa_round_id FOREIGN KEY(round_id) REFERENCES approval_round (id),
  CONSTRAINT fk_visa_account_id FOREIGN KEY(account_id) REFERENCES account (id),
  CONSTRAINT fk_visa_task_id FOREIGN KEY(task_id) REFERENCES task (id)
);
CREATE INDEX ix_visa_task_id ON visa (task_id);

CREATE TABLE wait (
  id BIGSERIAL NOT NULL,
  instance_id BIGINT,
  definition_id BIGINT,
  token VARCHAR(64),
  element VARCHAR(255) NOT NULL,
  kind VARCHAR(16) NOT NULL,
  name VARCHAR(255),
  correlation VARCHAR(255),
  details TEXT NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE,
  job_id BIGINT,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_wait PRIMARY KEY (id),
  CONSTRAINT fk_wait_instance_id FOREIGN KEY(instance_id) REFERENCES instance (id),
  CONSTRAINT fk_wait_definition_id FOREIGN KEY(definition_id) REFERENCES definition (id),
  CONSTRAINT fk_wait_job_id FOREIGN KEY(job_id) REFERENCES job (id)
);
CREATE INDEX ix_wait_definition_id ON wait (definition_id);
CREATE INDEX ix_wait_due ON wait (job_id, due_at);
CREATE INDEX ix_wait_instance ON wait (instance_id, token);
CREATE INDEX ix_wait_name ON wait (kind, name, correlation);
