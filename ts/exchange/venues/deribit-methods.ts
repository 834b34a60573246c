/** Methods of Deribit's API by the bucket that they are charged under. */

/** Other methods than those of the matching engine, which may be called without signing in. */
export const PUBLIC = `
  auth, exchange_token, fork_token, set_heartbeat, disable_heartbeat, get_time, hello, status, test,
  get_announcements, get_apr_history, get_block_rfq_trades, get_book_summary_by_currency,
  get_book_summary_by_instrument, get_combo_details, get_combo_ids, get_combos, get_contract_size,
  get_currencies, get_delivery_prices, get_expirations, get_funding_chart_data,
  get_funding_rate_history, get_funding_rate_value, get_historical_volatility, get_index,
  get_index_chart_data, get_index_price, get_index_price_names, get_instrument,
  get_last_settlements_by_currency, get_last_settlements_by_instrument,
  get_last_trades_by_currency, get_last_trades_by_currency_and_time,
  get_last_trades_by_instrument, get_last_trades_by_instrument_and_time, get_mark_price_history,
  get_order_book, get_order_book_by_instrument_id, get_rfqs, get_supported_index_names,
  get_trade_volumes, get_tradingview_chart_data, get_volatility_index_data, ticker
`;

/** Other methods than those of the matching engine, for who is signed in. */
export const PRIVATE = `
  logout, enable_cancel_on_disconnect, disable_cancel_on_disconnect, get_cancel_on_disconnect,
  change_api_key_name, change_margin_model, change_scope_in_api_key, change_subaccount_name,
  create_api_key, create_subaccount, disable_api_key, disable_tfa_for_subaccount, edit_api_key,
  enable_affiliate_program, enable_api_key, get_access_log, get_account_summary,
  get_account_summaries, get_affiliate_program_info, get_currencies, get_email_language,
  get_new_announcements, get_portfolio_margins, get_position, get_positions, get_subaccounts,
  get_subaccounts_details, get_user_locks, list_api_keys, list_custody_accounts, pme/simulate,
  remove_api_key, remove_subaccount, reset_api_key, set_announcement_as_read,
  set_api_key_as_default, set_disabled_trading_products, set_email_for_subaccount,
  set_email_language, set_password_for_subaccount, set_self_trading_config, simulate_portfolio,
  toggle_notifications_from_subaccount, toggle_subaccount_login, approve_block_trade,
  get_block_trade, get_block_trade_requests, get_block_trades, get_last_block_trades_by_currency,
  invalidate_block_trade_signature, reject_block_trade, create_combo, get_leg_prices, get_margins,
  get_mmp_config, get_mmp_status, get_open_orders, get_open_orders_by_currency,
  get_open_orders_by_instrument, get_open_orders_by_label, get_order_history_by_currency,
  get_order_history_by_instrument, get_order_margin_by_ids, get_order_state,
  get_order_state_by_label, get_stop_order_history, get_trigger_order_history,
  get_user_trades_by_currency, get_user_trades_by_currency_and_time, get_user_trades_by_instrument,
  get_user_trades_by_instrument_and_time, get_user_trades_by_order, reset_mmp, set_mmp_config,
  send_rfq, get_settlement_history_by_instrument, get_settlement_history_by_currency,
  add_to_address_book, cancel_transfer_by_id, cancel_withdrawal, create_deposit_address,
  get_address_book, get_current_deposit_address, get_deposits, get_reward_eligibility,
  get_transfers, get_withdrawals, remove_from_address_book, set_clearance_originator,
  submit_transfer_between_subaccounts, submit_transfer_to_subaccount, submit_transfer_to_user,
  update_in_address_book, withdraw
`;

/** Methods of the matching engine. */
export const ENGINE = `
  buy, sell, edit, edit_by_label, cancel, cancel_all, cancel_all_by_currency,
  cancel_all_by_currency_pair, cancel_all_by_kind_or_type, cancel_all_by_instrument,
  cancel_by_label, close_position, verify_block_trade, execute_block_trade, simulate_block_trade
`;

/** Methods of market makers, which have limits of their own. */
export const QUOTES = 'mass_quote, cancel_quotes';

export const SUBSCRIPTIONS = 'subscribe, unsubscribe, unsubscribe_all';
