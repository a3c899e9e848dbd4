/** Names of the SQLSTATEs that a migration meets: PostgreSQL documentation, Appendix A. */
const names: ReadonlyMap<string, string> = new Map(
  `0A000 feature_not_supported
  08006 connection_failure
  21000 cardinality_violation
  22001 string_data_right_truncation
  22003 numeric_value_out_of_range
  22004 null_value_not_allowed
  22007 invalid_datetime_format
  22008 datetime_field_overflow
  22012 division_by_zero
  22021 character_not_in_repertoire
  22023 invalid_parameter_value
  22P02 invalid_text_representation
  22P03 invalid_binary_representation
  22P04 bad_copy_file_format
  22P05 untranslatable_character
  23000 integrity_constraint_violation
  23001 restrict_violation
  23502 not_null_violation
  23503 foreign_key_violation
  23505 unique_violation
  23514 check_violation
  23P01 exclusion_violation
  25001 active_sql_transaction
  25006 read_only_sql_transaction
  25P01 no_active_sql_transaction
  25P02 in_failed_sql_transaction
  25P03 idle_in_transaction_session_timeout
  2200F zero_length_character_string
  2201B invalid_regular_expression
  2BP01 dependent_objects_still_exist
  2D000 invalid_transaction_termination
  2F005 function_executed_no_return_statement
  38000 external_routine_exception
  39000 external_routine_invocation_exception
  3D000 invalid_catalog_name
  3F000 invalid_schema_name
  40001 serialization_failure
  40P01 deadlock_detected
  42501 insufficient_privilege
  42601 syntax_error
  42602 invalid_name
  42611 invalid_column_definition
  42622 name_too_long
  42701 duplicate_column
  42702 ambiguous_column
  42703 undefined_column
  42704 undefined_object
  42710 duplicate_object
  42712 duplicate_alias
  42723 duplicate_function
  42725 ambiguous_function
  42803 grouping_error
  42804 datatype_mismatch
  42809 wrong_object_type
  42830 invalid_foreign_key
  42846 cannot_coerce
  42883 undefined_function
  428C9 generated_always
  42939 reserved_name
  42P01 undefined_table
  42P02 undefined_parameter
  42P03 duplicate_cursor
  42P04 duplicate_database
  42P06 duplicate_schema
  42P07 duplicate_table
  42P08 ambiguous_parameter
  42P10 invalid_column_reference
  42P12 invalid_database_definition
  42P13 invalid_function_definition
  42P15 invalid_schema_definition
  42P16 invalid_table_definition
  42P17 invalid_object_definition
  42P18 indeterminate_datatype
  42P19 invalid_recursion
  42P20 windowing_error
  42P21 collation_mismatch
  42P22 indeterminate_collation
  44000 with_check_option_violation
  53100 disk_full
  53200 out_of_memory
  53300 too_many_connections
  53400 configuration_limit_exceeded
  54000 program_limit_exceeded
  54001 statement_too_complex
  54011 too_many_columns
  55000 object_not_in_prerequisite_state
  55006 object_in_use
  55P02 cant_change_runtime_param
  55P03 lock_not_available
  55P04 unsafe_new_enum_value_usage
  57014 query_canceled
  57P01 admin_shutdown
  58P01 undefined_file
  P0001 raise_exception
  P0002 no_data_found
  P0003 too_many_rows
  P0004 assert_failure
  XX000 internal_error
  XX001 data_corrupted
  XX002 index_corrupted`
    .split('\n')
    .map((line): [string, string] => {
      const [code = '', name = ''] = line.trim().split(' ');
      return [code, name];
    }),
);

/** `42703 (undefined_column)`; the code alone where its name is not known. */
export function formatSqlstate(code: string): string {
  const name = names.get(code);
  return name === undefined ? code : `${code} (${name})`;
}
