/* Conditions of IKE: what each event becomes; refusals and their codes; offers side by side. */
#include "detect_stage.h"

#include <stdio.h>

#include "catalogue/windows.h"
#include "decode/ike_notify.h"
#include "detect/ike_case.h"
#include "detect/ike_offer.h"
#include "detect/ike_refusal.h"

enum { MAIN = 2, SA_INIT = 34, AUTH = 35, CHILD = 36, INFORM = 37 };

struct scene {
    struct stage stage;
    struct ike_session session;
    struct ike_request request;
    struct ike_notified notify;
    struct ike_fault fault;
    struct ike_event event;
};

static void scene_start(struct scene *scene, enum ike_what what, uint8_t exchange)
{
    memset(scene, 0, sizeof *scene);
    stage_start(&scene->stage);
    stage_layer(&scene->stage, LAYER_IKE, 2, 1); /* the responder, 10.77.0.2, speaks */
    scene->session = (struct ike_session){ .version = IKE_VERSION_2, .initiator = stage_host(1), .responder = stage_host(2),
                                           .stage = IKE_STAGE_STARTED, .messages = { 1, 1 } };
    scene->request = (struct ike_request){ .pending = true, .exchange = exchange, .sent = 4, .length = 300, .first_frame = 3,
                                           .last_frame = 9, .first_ns = 990 * SECOND, .last_ns = 997 * SECOND,
                                           .gap_ns = { SECOND, 2 * SECOND, 4 * SECOND } };
    scene->event = (struct ike_event){ .what = (uint8_t)what, .exchange = exchange, .session = &scene->session };
    scene->stage.detect.last_ns = 1100 * SECOND;
}

/* An event that carries a request speaks from its sender's side. */
static void scene_asks(struct scene *scene, bool from_initiator)
{
    stage_layer(&scene->stage, LAYER_IKE, from_initiator ? 1 : 2, from_initiator ? 2 : 1);
    scene->request.layer = scene->stage.layer;
    scene->event.request = &scene->request;
    scene->event.from_initiator = from_initiator;
}

static void scene_notifies(struct scene *scene, uint16_t type, bool decrypted)
{
    scene->notify.type = type;
    scene->event.notify = &scene->notify;
    scene->event.decrypted = decrypted;
}

static void scene_raise(struct scene *scene)
{
    struct event event = { .kind = EVENT_IKE, .frame = &scene->stage.frame, .layer = &scene->stage.layer, .ike = &scene->event,
                           .sa = SADB_NONE };
    detect_raise(&scene->stage.detect, &event);
    scene->stage.frame.number++;
}

static void test_every_refusal_has_a_code_that_exists(void **state)
{
    (void)state;
    for (uint8_t version = 1; version <= 2; version++)
        for (unsigned type = 0; type < 16384; type++) {
            const struct ike_refusal *row = ike_refusal_find(version, (uint16_t)type);
            assert_non_null(row);
            assert_non_null(row->remedies[0]);
            assert_int_equal(row->version, version);
            assert_true(row->windows == 0 || windows_error_find(row->windows) != NULL);
            assert_true(row->basis == 'M' || row->basis == 'N' || row->basis == 'P');
            assert_int_equal(row->means[strlen(row->means) - 1], '.');
        }
    assert_int_equal(ike_refusal_find(2, 9999)->windows, 0);
    assert_int_equal(ike_refusal_find(3, 14)->version, 1); /* AuthIP is a version 1 on the wire */
    assert_int_equal(ike_refusal_wrong_secret()->windows, 13801);
}

/* RFC 7296 3.10.1 and RFC 2408 3.14.1 against the published names of Windows' errors. */
static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        uint8_t version, exchange;
        uint16_t type, windows;
        bool decrypted;
        enum certainty certainty;
        const char *says;
    } cases[] = {
        { 2, SA_INIT, 14, 13868, false, CERTAINTY_CERTAIN, "in IKE_SA_INIT with NO_PROPOSAL_CHOSEN (notify 14, in clear)" },
        { 2, SA_INIT, 5, 13880, false, CERTAINTY_CERTAIN, "does not speak this version" },
        { 2, AUTH, 24, 13801, true, CERTAINTY_CERTAIN, "IKE_SA_INIT went well" },
        { 2, AUTH, 24, 13801, false, CERTAINTY_LIKELY, "may have forged it" },
        { 2, AUTH, 38, 13858, true, CERTAINTY_CERTAIN, "traffic selectors" },
        { 2, AUTH, 36, 13899, true, CERTAINTY_CERTAIN, "no inner address" },
        { 2, CHILD, 35, 13884, true, CERTAINTY_CERTAIN, "no more Child SAs" },
        { 2, AUTH, 8000, 0, true, CERTAINTY_CERTAIN, "an error notify without a name" },
        { 1, MAIN, 14, 13868, false, CERTAINTY_CERTAIN, "with NO-PROPOSAL-CHOSEN" },
        { 1, MAIN, 23, 13870, false, CERTAINTY_CERTAIN, "hash of the message is wrong" },
        { 1, MAIN, 29, 13824, false, CERTAINTY_CERTAIN, "aggressive mode" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scene scene;
        scene_start(&scene, IKE_REFUSED, cases[i].exchange);
        scene.session.version = cases[i].version;
        scene.session.exchange = cases[i].exchange;
        scene_notifies(&scene, cases[i].type, cases[i].decrypted);
        scene_raise(&scene);
        scene_raise(&scene);
        struct finding *finding = stage_finding(&scene.stage, &condition_ike_refused);
        assert_int_equal(finding->windows, cases[i].windows);
        assert_int_equal(finding->count, 2);
        assert_string_equal(certainty_name(finding->certainty), certainty_name(cases[i].certainty));
        stage_says(&scene.stage, finding, cases[i].says);
        stage_says(&scene.stage, finding, "10.77.0.2 refused what 10.77.0.1 asked for");
        assert_ptr_equal(detect_remedies(finding), ike_refusal_find(cases[i].version, cases[i].type)->remedies);
        stage_end(&scene.stage);
        stage_stop(&scene.stage);
    }
}

static void test_a_malformed_message_of_main_mode_is_a_wrong_secret(void **state)
{
    (void)state;
    struct scene scene;
    scene_start(&scene, IKE_REFUSED, 5);
    scene.session.version = IKE_VERSION_1;
    scene.session.exchange = MAIN;
    snprintf(scene.session.chosen, sizeof scene.session.chosen, "%s", "AES-CBC_256/SHA2-256/2048-bit MODP/pre-shared key");
    scene.session.request[0] = (struct ike_request){ .exchange = MAIN, .encrypted = true };
    scene_notifies(&scene, 16, false);
    scene_raise(&scene);
    struct finding *finding = stage_finding(&scene.stage, &condition_ike_refused);
    assert_int_equal(finding->windows, 13801);
    stage_is(finding, SEVERITY_ERROR, CERTAINTY_LIKELY);
    stage_says(&scene.stage, finding, "pre-shared keys most likely differ");
    stage_stop(&scene.stage);
}

static void test_different_offers_are_different_findings(void **state)
{
    (void)state;
    struct scene scene;
    scene_start(&scene, IKE_REFUSED, SA_INIT);
    scene_notifies(&scene, 14, false);
    for (unsigned i = 0; i < 3; i++) {
        snprintf(scene.session.offer, sizeof scene.session.offer, "AES_CBC_%u", 128 + 64 * i);
        scene_raise(&scene);
    }
    assert_int_equal(ledger_count(scene.stage.detect.ledger), 3);
    for (unsigned i = 0; i < 5000; i++) { /* a stranger who offers something else each time fills no ledger */
        snprintf(scene.session.offer, sizeof scene.session.offer, "%u", i);
        scene_raise(&scene);
    }
    assert_in_range(ledger_count(scene.stage.detect.ledger), LEDGER_PER_PAIR, LEDGER_PER_PAIR + 1);
    stage_stop(&scene.stage);
}

static void test_offers(void **state)
{
    (void)state;
    static const struct {
        const char *one, *other, *lacks;
    } cases[] = {
        { "AES_CBC_256/PRF_HMAC_SHA2_256/2048-bit MODP", "AES_CBC_256/PRF_HMAC_SHA2_256/256-bit random ECP", "2048-bit MODP" },
        { "A/B, A/C", "B/C", "A" },
        { "A/A, A", "", "A" },
        { "", "A", "" },
        { "A/B, C...", "A/B", "C..." },
        { "A, ...", "A", "" },
        { "A", "A", "" },
        { "AB", "A", "AB" },
    };
    char text[160];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ike_offer_lacks(cases[i].one, cases[i].other, text, sizeof text);
        assert_string_equal(text, cases[i].lacks);
    }
    for (size_t room = 1; room < 40; room++) { /* never beyond its room */
        memset(text, 'x', sizeof text);
        ike_offer_lacks("AES_CBC_256/PRF_HMAC_SHA2_256/2048-bit MODP", "", text, room);
        assert_true(strlen(text) < room);
        assert_int_equal(text[room], 'x');
    }
}

static void test_silence(void **state)
{
    (void)state;
    static const struct {
        uint8_t exchange;
        uint32_t sent, answers;
        uint16_t windows;
        bool dead;
        enum severity severity;
        const char *says;
    } cases[] = {
        { SA_INIT, 4, 0, 13813, false, SEVERITY_ERROR, "Not one IKE message of 10.77.0.2" },
        { SA_INIT, 2, 0, 13813, false, SEVERITY_WARNING, "sent 2 times in 7.0 s" },
        { SA_INIT, 4, 1, 13805, false, SEVERITY_ERROR, "did say something before" },
        { AUTH, 4, 1, 13805, false, SEVERITY_ERROR, "fragments are not the reason" },
        { CHILD, 4, 1, 13805, false, SEVERITY_ERROR, "it stopped, was restarted, or is cut off" },
        { INFORM, 5, 9, 13886, true, SEVERITY_ERROR, "although every such message must be answered" },
        { INFORM, 2, 9, 13886, true, SEVERITY_WARNING, "sent 2 times" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scene scene;
        scene_start(&scene, IKE_UNANSWERED, cases[i].exchange);
        scene.request.sent = cases[i].sent;
        scene.session.messages[1] = cases[i].answers;
        scene_asks(&scene, true);
        scene_raise(&scene);
        stage_end(&scene.stage);
        struct finding *finding =
            stage_finding(&scene.stage, cases[i].dead ? &condition_ike_dead_peer : &condition_ike_no_answer);
        assert_null(stage_only(&scene.stage, cases[i].dead ? &condition_ike_no_answer : &condition_ike_dead_peer));
        assert_int_equal(finding->windows, cases[i].windows);
        stage_is(finding, cases[i].severity, CERTAINTY_CERTAIN);
        assert_int_equal(finding->first.frame, 3);
        assert_int_equal(finding->last.frame, 9);
        stage_says(&scene.stage, finding, cases[i].says);
        stage_stop(&scene.stage);
    }
}

static void test_a_large_unanswered_message(void **state)
{
    (void)state;
    struct scene scene;
    scene_start(&scene, IKE_UNANSWERED, AUTH);
    scene.request.length = 3000;
    scene.session.messages[1] = 1;
    scene_asks(&scene, true);
    scene.request.layer.dport = 4500;
    scene_raise(&scene);
    struct finding *finding = stage_finding(&scene.stage, &condition_ike_no_answer);
    stage_says(&scene.stage, finding, "error 809");
    stage_says(&scene.stage, finding, "a firewall that lets only 500 pass");
    stage_stop(&scene.stage);
}

static void test_events_and_their_rows(void **state)
{
    (void)state;
    static const struct {
        enum ike_what what;
        uint8_t exchange;
        uint16_t notify;
        const struct condition *condition;
        uint16_t windows;
        enum severity severity;
        enum certainty certainty;
    } cases[] = {
        { IKE_SHORT_ANSWER, AUTH, 0, &condition_ike_auth_suspect, 13801, SEVERITY_WARNING, CERTAINTY_LIKELY },
        { IKE_TURNED_DOWN, AUTH, 0, &condition_ike_auth_suspect, 13801, SEVERITY_WARNING, CERTAINTY_POSSIBLE },
        { IKE_SHORT_CHILD, AUTH, 0, &condition_ike_child_suspect, 13868, SEVERITY_WARNING, CERTAINTY_LIKELY },
        { IKE_SHORT_CHILD, CHILD, 0, &condition_ike_child_suspect, 13868, SEVERITY_WARNING, CERTAINTY_LIKELY },
        { IKE_HALF_OPEN, SA_INIT, 0, &condition_ike_half_open, 13814, SEVERITY_WARNING, CERTAINTY_LIKELY },
        { IKE_UNHEARD, AUTH, 0, &condition_ike_answer_lost, 13805, SEVERITY_ERROR, CERTAINTY_LIKELY },
        { IKE_ANSWERED_TWICE, INFORM, 0, &condition_ike_answered_twice, 13804, SEVERITY_WARNING, CERTAINTY_POSSIBLE },
        { IKE_CROSSING, CHILD, 0, &condition_ike_crossing, 13821, SEVERITY_NOTE, CERTAINTY_CERTAIN },
        { IKE_NO_CHILD, AUTH, 0, &condition_ike_getspi, 13857, SEVERITY_WARNING, CERTAINTY_POSSIBLE },
        { IKE_NO_CHILD_SPI, AUTH, 0, &condition_ike_getspi, 13857, SEVERITY_ERROR, CERTAINTY_LIKELY },
        { IKE_NOTIFIED, SA_INIT, 17, &condition_ike_invalid_ke, 13865, SEVERITY_NOTE, CERTAINTY_CERTAIN },
        { IKE_NOTIFIED, SA_INIT, 16390, &condition_ike_cookie, 13890, SEVERITY_NOTE, CERTAINTY_CERTAIN },
        { IKE_NOTIFIED, CHILD, 43, &condition_ike_temporary_failure, 13821, SEVERITY_NOTE, CERTAINTY_CERTAIN },
        { IKE_NOTIFIED, CHILD, 44, &condition_ike_child_not_found, 0, SEVERITY_NOTE, CERTAINTY_CERTAIN },
        { IKE_NOTIFIED, INFORM, 11, &condition_ike_invalid_spi_notify, 13910, SEVERITY_ERROR, CERTAINTY_LIKELY },
        { IKE_NOTIFIED, INFORM, 4, &condition_ike_invalid_ike_spi, 13846, SEVERITY_WARNING, CERTAINTY_LIKELY },
        { IKE_NOTIFIED, INFORM, 9, &condition_ike_invalid_message_id, 13888, SEVERITY_WARNING, CERTAINTY_CERTAIN },
        { IKE_NOTIFIED, INFORM, 39, &condition_ike_invalid_selectors, 13912, SEVERITY_ERROR, CERTAINTY_CERTAIN },
        { IKE_NOTIFIED, SA_INIT, 16407, &condition_ike_redirect, 0, SEVERITY_NOTE, CERTAINTY_CERTAIN },
        { IKE_NOTIFIED, INFORM, 16400, &condition_ike_mobike, 0, SEVERITY_NOTE, CERTAINTY_CERTAIN },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scene scene;
        scene_start(&scene, cases[i].what, cases[i].exchange);
        scene_asks(&scene, false);
        if (cases[i].notify)
            scene_notifies(&scene, cases[i].notify, false);
        scene_raise(&scene);
        struct finding *finding = stage_finding(&scene.stage, cases[i].condition);
        assert_int_equal(ledger_count(scene.stage.detect.ledger), 1); /* nobody else feels spoken to */
        assert_int_equal(finding->windows, cases[i].windows);
        stage_is(finding, cases[i].severity, cases[i].certainty);
        stage_says(&scene.stage, finding, "10.77.0");
        stage_stop(&scene.stage);
    }
}

static void test_initial_contact_wants_a_former_session(void **state)
{
    (void)state;
    struct scene scene;
    scene_start(&scene, IKE_NOTIFIED, AUTH);
    scene_notifies(&scene, IKE_N_INITIAL_CONTACT, true);
    scene_raise(&scene);
    assert_null(stage_only(&scene.stage, &condition_ike_initial_contact));
    stage_stop(&scene.stage);
}

static void test_windows_status(void **state)
{
    (void)state;
    static const struct {
        uint32_t status;
        uint16_t windows;
        enum severity severity;
        const char *says;
    } cases[] = {
        { 13857, 13857, SEVERITY_ERROR, "13857 ERROR_IPSEC_IKE_GETSPIFAIL" },
        { 0x80073621, 13857, SEVERITY_ERROR, "13857" },
        { 0xc0360001, 13910, SEVERITY_ERROR, "13910 ERROR_IPSEC_BAD_SPI" },
        { 0x21360000, 13857, SEVERITY_ERROR, "in reverse order" },
        { 0x12345678, 0, SEVERITY_WARNING, "none of the documented IPsec errors" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scene scene;
        scene_start(&scene, IKE_NOTIFIED, AUTH);
        scene_notifies(&scene, IKE_N_MS_STATUS, true);
        scene.event.spi = cases[i].status;
        scene_raise(&scene);
        struct finding *finding = stage_finding(&scene.stage, &condition_ike_windows_status);
        assert_int_equal(finding->windows, cases[i].windows);
        stage_is(finding, cases[i].severity, CERTAINTY_CERTAIN);
        stage_says(&scene.stage, finding, cases[i].says);
        stage_stop(&scene.stage);
    }
    struct scene scene;
    scene_start(&scene, IKE_NOTIFIED, AUTH);
    scene_notifies(&scene, IKE_N_MS_STATUS, true);
    scene_raise(&scene);
    assert_int_equal(ledger_count(scene.stage.detect.ledger), 0); /* success */
    stage_stop(&scene.stage);
}

static void test_damage_without_a_session(void **state)
{
    (void)state;
    struct scene scene;
    scene_start(&scene, IKE_DAMAGED, 0);
    scene.event.session = NULL;
    scene.fault = (struct ike_fault){ .damage = IKE_DAMAGE_HEADER_VERSION, .at = 17, .found = 0x50, .wanted = 0x20 };
    scene.event.fault = &scene.fault;
    scene_raise(&scene);
    struct finding *finding = stage_finding(&scene.stage, &condition_ike_damaged);
    assert_int_equal(finding->windows, 13880);
    stage_is(finding, SEVERITY_ERROR, CERTAINTY_CERTAIN);
    stage_says(&scene.stage, finding, "at offset 17 of the message; 80 was found and 32 is wanted");
    stage_stop(&scene.stage);
}

static void test_the_packets_of_an_invalid_spi_notify(void **state)
{
    (void)state;
    struct scene scene;
    scene_start(&scene, IKE_NOTIFIED, INFORM);
    uint32_t sa = stage_seen(&scene.stage, 1, 2, 0xabcd1234);
    sadb_sa(scene.stage.db, sa)->wire_packets = 7;
    scene_notifies(&scene, IKE_N_INVALID_SPI, false);
    scene.event.spi = 0xabcd1234;
    scene_raise(&scene);
    stage_end(&scene.stage);
    struct finding *finding = stage_finding(&scene.stage, &condition_ike_invalid_spi_notify);
    stage_fact(finding, "packets", 7);
    stage_says(&scene.stage, finding, "reports to 10.77.0.1 that it got a packet with SPI 0xabcd1234");
    stage_says(&scene.stage, finding, "7 packets in this capture");
    stage_stop(&scene.stage);
}

static void test_weakness(void **state)
{
    (void)state;
    struct scene scene;
    scene_start(&scene, IKE_WEAK, SA_INIT);
    scene.session.weak = IKE_WEAK_VERSION1 | IKE_WEAK_AGGRESSIVE_PSK | IKE_WEAK_DES | IKE_WEAK_GROUP;
    scene_raise(&scene);
    struct finding *finding = stage_finding(&scene.stage, &condition_weak_ike);
    stage_says(&scene.stage, finding, "agreed on DES, a key exchange group of 1536 bits or fewer for IKE");
    stage_is(finding, SEVERITY_NOTE, CERTAINTY_CERTAIN);
    assert_non_null(stage_only(&scene.stage, &condition_ikev1_in_use));
    assert_non_null(stage_only(&scene.stage, &condition_ikev1_aggressive_psk));
    stage_stop(&scene.stage);
    scene_start(&scene, IKE_WEAK, SA_INIT);
    scene.session.weak = IKE_WEAK_VERSION1;
    scene_raise(&scene);
    assert_null(stage_only(&scene.stage, &condition_weak_ike));
    assert_null(stage_only(&scene.stage, &condition_ikev1_aggressive_psk));
    stage_stop(&scene.stage);
}

static void test_kinds(void **state)
{
    (void)state;
    assert_int_equal(ike_case_kind(7, "a", NULL), ike_case_kind(7, "a", NULL));
    assert_int_not_equal(ike_case_kind(7, "a", "b"), ike_case_kind(7, "ab", ""));
    assert_int_not_equal(ike_case_kind(7, NULL, NULL), ike_case_kind(8, NULL, NULL));
    for (uint32_t i = 0; i < 100000; i++)
        assert_int_not_equal(ike_case_kind(i, NULL, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_refusal_has_a_code_that_exists),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_a_malformed_message_of_main_mode_is_a_wrong_secret),
        cmocka_unit_test(test_different_offers_are_different_findings),
        cmocka_unit_test(test_offers),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_a_large_unanswered_message),
        cmocka_unit_test(test_events_and_their_rows),
        cmocka_unit_test(test_initial_contact_wants_a_former_session),
        cmocka_unit_test(test_windows_status),
        cmocka_unit_test(test_damage_without_a_session),
        cmocka_unit_test(test_the_packets_of_an_invalid_spi_notify),
        cmocka_unit_test(test_weakness),
        cmocka_unit_test(test_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
