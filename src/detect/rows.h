/* rows: the list of conditions. A new one is a row and a function in a file of its family, and a line here. */
#ifndef DETECT_ROWS_H
#define DETECT_ROWS_H

#include "detect/condition.h"

#define CONDITION_ROWS(ROW)              \
    ROW(condition_unknown_spi)           \
    ROW(condition_not_ready)             \
    ROW(condition_receiver_lost_sa)      \
    ROW(condition_wrong_encapsulation)   \
    ROW(condition_header_invalid)        \
    ROW(condition_too_short)             \
    ROW(condition_misaligned)            \
    ROW(condition_integrity_failed)      \
    ROW(condition_trailer_invalid)       \
    ROW(condition_inner_invalid)         \
    ROW(condition_selector_mismatch)     \
    ROW(condition_clear_text)            \
    ROW(condition_blocked)               \
    ROW(condition_nonce_reused)          \
    ROW(condition_no_integrity)          \
    ROW(condition_replayed)              \
    ROW(condition_too_old)               \
    ROW(condition_expired)               \
    ROW(condition_sequence_restart)      \
    ROW(condition_sequence_near_end)     \
    ROW(condition_sequence_wrap)         \
    ROW(condition_loss)                  \
    ROW(condition_reordering)            \
    ROW(condition_window_too_small)      \
    ROW(condition_one_way)               \
    ROW(condition_captured_twice)        \
    ROW(condition_opened_copies)         \
    ROW(condition_dummy)                 \
    ROW(condition_inner_damaged)         \
    ROW(condition_padding_wrong)         \
    ROW(condition_tfc_padding)           \
    ROW(condition_null_encryption)       \
    ROW(condition_esp_null_guess)        \
    ROW(condition_replay_off)            \
    ROW(condition_fragments_incomplete)  \
    ROW(condition_icmp_error)            \
    ROW(condition_outer_fragments)       \
    ROW(condition_inner_fragments)       \
    ROW(condition_size_ceiling)          \
    ROW(condition_ike_without_marker)    \
    ROW(condition_ike_marker_on_500)     \
    ROW(condition_nat_keepalive)         \
    ROW(condition_nat_t_short)           \
    ROW(condition_udp_length)            \
    ROW(condition_checksum_wrong)        \
    ROW(condition_reserved_spi)          \
    ROW(condition_ike_refused)           \
    ROW(condition_ike_auth_suspect)      \
    ROW(condition_ike_child_suspect)     \
    ROW(condition_ike_no_answer)         \
    ROW(condition_ike_dead_peer)         \
    ROW(condition_ike_answer_lost)       \
    ROW(condition_ike_half_open)         \
    ROW(condition_ike_windows_status)    \
    ROW(condition_ike_getspi)            \
    ROW(condition_ike_invalid_spi_notify) \
    ROW(condition_ike_invalid_ike_spi)   \
    ROW(condition_ike_invalid_message_id) \
    ROW(condition_ike_invalid_selectors) \
    ROW(condition_ike_damaged)           \
    ROW(condition_ike_answered_twice)    \
    ROW(condition_ike_invalid_ke)        \
    ROW(condition_ike_cookie)            \
    ROW(condition_ike_temporary_failure) \
    ROW(condition_ike_child_not_found)   \
    ROW(condition_ike_crossing)          \
    ROW(condition_ike_redirect)          \
    ROW(condition_ike_mobike)            \
    ROW(condition_ike_initial_contact)   \
    ROW(condition_weak_ike)              \
    ROW(condition_ikev1_in_use)          \
    ROW(condition_ikev1_aggressive_psk)  \
    ROW(condition_dosp_no_state)         \
    ROW(condition_dosp_keying_module)    \
    ROW(condition_dosp_table_full)       \
    ROW(condition_dosp_queues_full)      \
    ROW(condition_dosp_blocked)          \
    ROW(condition_dosp_multicast)        \
    ROW(condition_dosp_malformed)        \
    ROW(condition_dosp_rate_limit)       \
    ROW(condition_dosp_default_block)    \
    ROW(condition_packet_damaged)        \
    ROW(condition_kernel_drop_unseen)    \
    ROW(condition_capture_dropped)

#define ROW_DECLARE(name) extern const struct condition name;
CONDITION_ROWS(ROW_DECLARE)
#undef ROW_DECLARE

#endif
