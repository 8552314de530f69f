#include "access/reader.h"

#include <QTest>

#include <algorithm>

using namespace Orgtrace;
using namespace Orgtrace::Access;
using namespace Qt::StringLiterals;

namespace {

Evidence::Manifest manifest(const QStringList &without = {})
{
    Evidence::Manifest manifest;
    for (const QString &domain : FactsReader::domains()) {
        if (!without.contains(domain)) {
            Evidence::LedgerRow row;
            row.domain = domain;
            manifest.ledger.append(row);
        }
    }
    std::ranges::sort(manifest.ledger, {}, &Evidence::LedgerRow::domain);
    return manifest;
}

Evidence::LedgerRow &rowOf(Evidence::Manifest &manifest, const QString &domain)
{
    return *std::ranges::find(manifest.ledger, domain, &Evidence::LedgerRow::domain);
}

bool anyContains(const QStringList &caveats, const QString &text)
{
    return std::ranges::any_of(caveats, [&](const QString &caveat) { return caveat.contains(text); });
}

} // namespace

class TestFactsReader : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsAnOrganisation();
    void acceptsOddShapes_data();
    void acceptsOddShapes();
    void subjectsOfOtherOrganisations_data();
    void subjectsOfOtherOrganisations();
    void policiesTakeAway_data();
    void policiesTakeAway();
    void oddRolesAreNoAnswer_data();
    void oddRolesAreNoAnswer();
    void aCatalogueInPartIsSaid_data();
    void aCatalogueInPartIsSaid();
    void policiesNotCapturedAreANote_data();
    void policiesNotCapturedAreANote();
    void turnsLedgerIntoCaveats_data();
    void turnsLedgerIntoCaveats();

private:
    /// The answer for Kim, then for the client; "caveat" where what limits it is told instead.
    static QString policiesAnswer(Facts facts, std::optional<bool> areEnforced);
};

void TestFactsReader::readsAnOrganisation()
{
    FactsReader reader;
    reader.entity(u"users"_s, u"u1"_s, R"({"id":"u1","name":"Kim Contractor","email":"kim@example.com","state":"active"})");
    reader.entity(u"groups"_s, u"g1"_s, R"({"id":"g1","name":"Contractors","rolesEnabled":true})");
    reader.entity(u"group_members"_s, u"g1"_s,
                  R"({"id":"g1","members":[{"id":"u1","name":"Kim Contractor"},{"id":"u2","name":"Not Captured"}]})");
    reader.entity(u"teams"_s, u"t1"_s, R"({"id":"t1","name":"Team Blue"})");
    reader.entity(u"team_members"_s, u"t1"_s, R"({"id":"t1","members":["u1"]})");
    reader.entity(
        u"roles"_s, u"admin"_s,
        R"({"id":"admin","name":"Master Admin","default":true,"permissionPolicies":[)"
        R"({"domain":"authorization","entityName":"grant","actionSet":["*"]},)"
        R"({"domain":"routing","entityName":"queue","actionSet":["view","edit"],"allowConditions":true,"resourceConditionNode":{"variableName":"x"}}],)"
        R"("permissions":["legacy:thing:view"]})");
    reader.entity(
        u"permissions_catalogue"_s, u"authorization"_s,
        R"({"domain":"authorization","permissionMap":{"grant":[{"domain":"authorization","entityType":"grant","action":"add","divisionAware":true},)"
        R"({"action":"delete","divisionAware":false}]}})");
    reader.entity(u"divisions"_s, u"home"_s, R"({"id":"home","name":"Home"})");
    reader.entity(u"grants"_s, u"g1"_s, R"({"id":"g1","type":"PC_GROUP","grants":[{"role":"admin","division":{"id":"*"}}]})");
    reader.entity(u"grants"_s, u"t1"_s,
                  R"({"id":"t1","type":"PC_TEAM","synthetic":true,"grants":[{"role":{"id":"admin"},"division":"home"}]})");
    reader.entity(u"oauth_clients"_s, u"c1"_s, R"({"id":"c1","name":"Exporter","roleDivisions":[{"roleId":"admin","divisionId":"home"}]})");
    const Resolver resolver(reader.take(manifest()));

    const Result<Subject> kim = resolver.findSubject(u"kim@example.com"_s);
    QVERIFY(kim);
    const EffectiveAccess access = resolver.effective(*kim);
    QStringList lines;
    for (const EffectivePermission &permission : access.permissions) {
        for (const AccessPath &path : permission.paths) {
            lines.append(permission.permission() + u' ' + path.containerName + u' ' + path.divisionId
                         + (path.conditional ? u" conditional"_s : u""_s) + (path.synthetic ? u" synthetic"_s : u""_s)
                         + (path.divisionAware ? u""_s : u" everywhere"_s));
        }
    }
    QCOMPARE(lines,
             (QStringList{u"authorization:grant:add Contractors *"_s, u"authorization:grant:add Team Blue home synthetic"_s,
                          u"authorization:grant:delete Contractors * everywhere"_s,
                          u"authorization:grant:delete Team Blue home synthetic everywhere"_s, u"legacy:thing:view Contractors *"_s,
                          u"legacy:thing:view Team Blue home synthetic"_s, u"routing:queue:edit Contractors * conditional"_s,
                          u"routing:queue:edit Team Blue home conditional synthetic"_s, u"routing:queue:view Contractors * conditional"_s,
                          u"routing:queue:view Team Blue home conditional synthetic"_s}));
    QCOMPARE(access.caveats, QStringList());
    QCOMPARE(access.roles, QStringList{u"Master Admin"_s});
    QCOMPARE(access.containers.size(), 2);
    QCOMPARE(access.permissions[0].paths[1].divisionName, u"Home"_s);
    QVERIFY(access.permissions[0].paths[0].defaultRole);

    const auto holders = resolver.whoCan(u"authorization:grant:add"_s);
    QStringList names;
    for (const auto &[subject, paths] : holders) {
        names.append(subject.name);
    }
    QCOMPARE(names, (QStringList{u"Kim Contractor"_s, u"Not Captured"_s, u"Contractors"_s, u"Team Blue"_s, u"Exporter"_s}));
}

void TestFactsReader::subjectsOfOtherOrganisations_data()
{
    QTest::addColumn<QByteArray>("users"); // of the other organisation; empty: not captured
    QTest::addColumn<QByteArray>("organisation");
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("note");
    const QByteArray partner = R"({"id":"o1","organization":{"id":"o1","name":"Partner"}})";
    const QByteArray list = R"({"id":"o1","users":[{"id":"x1","name":"Pat Outside"},{"id":"x2","name":"Other"}]})";
    QTest::newRow("by name, and whose") << list << partner << u"Pat Outside"_s << u"This user is of another organisation: Partner."_s;
    QTest::newRow("the organisation was not captured")
        << list << QByteArray() << u"Pat Outside"_s << u"This user is of another organisation: o1."_s;
    QTest::newRow("nothing of it was captured") << QByteArray() << QByteArray() << QString() << u"This user is of another organisation."_s;
    QTest::newRow("a list without the one") << QByteArray(R"({"id":"o1","users":[{"id":"x2","name":"Other"}]})") << partner << QString()
                                            << u"This user is of another organisation."_s;
    QTest::newRow("lists that make no sense") << QByteArray(R"({"id":"o1","users":{"id":"x1"}})") << QByteArray("[]") << QString()
                                              << u"This user is of another organisation."_s;
    QTest::newRow("elements that make none") << QByteArray(R"({"id":"o1","users":[7,null,{"id":7,"name":[]},"x1"]})") << partner
                                             << QString() << u"This user is of another organisation."_s;
}

void TestFactsReader::subjectsOfOtherOrganisations()
{
    QFETCH(QByteArray, users);
    QFETCH(QByteArray, organisation);
    FactsReader reader;
    reader.entity(u"grants"_s, u"x1"_s, R"({"id":"x1","type":"PC_TRUSTEE_USER","grants":[{"role":"r1","division":{"id":"*"}}]})");
    if (!organisation.isEmpty()) {
        reader.entity(u"trustees"_s, u"o1"_s, organisation.toStdString());
    }
    if (!users.isEmpty()) {
        reader.entity(u"trustee_users"_s, u"o1"_s, users.toStdString());
    }
    const Facts facts = reader.take(manifest());
    QCOMPARE(facts.subjects.size(), 1);
    QTEST(facts.subjects[0].name, "name");
    QCOMPARE(facts.subjects[0].kind, SubjectKind::TrusteeUser);
    QTEST(facts.subjectNotes.value(u"x1"_s).join(u' '), "note");
    QVERIFY(Resolver(facts).findSubject(u"x1"_s));
}

void TestFactsReader::acceptsOddShapes_data()
{
    QTest::addColumn<QString>("domain");
    QTest::addColumn<QByteArray>("text");
    for (const QString &domain : FactsReader::domains()) {
        QTest::addRow("%s: not JSON", qPrintable(domain)) << domain << QByteArray("{");
        QTest::addRow("%s: an array", qPrintable(domain)) << domain << QByteArray("[1]");
        QTest::addRow("%s: empty", qPrintable(domain)) << domain << QByteArray("{}");
        QTest::addRow("%s: every member of a wrong type", qPrintable(domain))
            << domain
            << QByteArray(
                   R"({"id":1,"name":[],"email":{},"state":7,"type":[],"grants":{"a":1},"members":"x","permissionPolicies":7,"permissions":{"a":[]},)"
                   R"("permissionMap":[1],"roleDivisions":{},"rolesEnabled":"no","default":"yes","domain":[]})");
        QTest::addRow("%s: odd elements", qPrintable(domain))
            << domain
            << QByteArray(
                   R"({"grants":[1,null,{},{"role":7},{"role":{},"division":[]},{"role":"r"}],"members":[1,null,{},{"id":7},[]],)"
                   R"("permissionPolicies":[1,{},{"domain":"d","entityName":"e"},{"domain":"d","entityName":"e","actionSet":[1,{}]}],"permissions":[1,"x",":"],)"
                   R"("permissionMap":{"e":[1,{},{"action":7}],"f":1},"roleDivisions":[1,{},{"roleId":"r"}]})");
    }
}

void TestFactsReader::acceptsOddShapes()
{
    QFETCH(QString, domain);
    QFETCH(QByteArray, text);
    FactsReader reader;
    reader.entity(domain, u"x"_s, {text.constData(), static_cast<size_t>(text.size())});
    const Resolver resolver(reader.take(manifest()));
    for (const Subject &subject : resolver.subjects()) {
        const EffectiveAccess access = resolver.effective(subject);
        QVERIFY(access.permissions.isEmpty());
    }
    if (text == "{" || text == "[1]") {
        QVERIFY(anyContains(resolver.caveats(), u"not readable"_s));
    }
}

void TestFactsReader::policiesTakeAway_data()
{
    QTest::addColumn<QByteArray>("policy");
    QTest::addColumn<QString>("expected"); // the answer for Kim, then for the client; "caveat" where what limits it is told instead
    const QByteArray deny = R"("effect":"DENY","active":true,"targetResource":"routing:queue:edit")";
    const auto policy = [](const QByteArray &members) -> QByteArray { return R"({"id":"p","name":"No edits",)" + members + '}'; };
    const auto of = [](const QByteArray &subject) -> QByteArray { return R"(,"subject":)" + subject; };
    QTest::newRow("everybody, not clients") << policy(deny + of(R"({"type":"ALL"})")) << u"no yes"_s;
    QTest::newRow("everybody and clients") << policy(deny + of(R"({"type":"ALL"})") + R"(,"applyToClients":true)") << u"no no"_s;
    QTest::newRow("the user") << policy(deny + of(R"({"type":"USER","id":"u1"})")) << u"no yes"_s;
    QTest::newRow("another user") << policy(deny + of(R"({"type":"USER","id":"u2"})")) << u"yes yes"_s;
    QTest::newRow("the client") << policy(deny + of(R"({"type":"CLIENT","id":"c1"})")) << u"yes no"_s;
    QTest::newRow("the user's group") << policy(deny + of(R"({"type":"GROUP","id":"g1"})")) << u"no yes"_s;
    QTest::newRow("the user's team") << policy(deny + of(R"({"type":"TEAM","id":"t1"})")) << u"no yes"_s;
    QTest::newRow("a group that was not seen") << policy(deny + of(R"({"type":"GROUP","id":"g9"})")) << u"yes caveat yes"_s;
    QTest::newRow("an empty condition is none") << policy(deny + of(R"({"type":"ALL"})") + R"(,"condition":{})") << u"no yes"_s;
    QTest::newRow("a condition") << policy(deny + of(R"({"type":"ALL"})") + R"(,"condition":{"all":[{"op":"EQ"}]})")
                                 << u"conditional yes"_s;
    QTest::newRow("a condition of another kind")
        << policy(deny + of(R"({"type":"ALL"})") + R"(,"condition":"later")") << u"conditional yes"_s;
    const QByteArray all = of(R"({"type":"ALL"})");
    const QByteArray target = R"(,"targetResource":"routing:queue:edit")";
    QTest::newRow("not active") << policy(R"("effect":"DENY","active":false)" + target + all) << u"yes yes"_s;
    QTest::newRow("active is null, which is not active") << policy(R"("effect":"DENY","active":null)" + target + all) << u"yes yes"_s;
    QTest::newRow("active is missing, which says neither") << policy(R"("effect":"DENY")" + target + all) << u"conditional yes"_s;
    QTest::newRow("active is a word") << policy(R"("effect":"DENY","active":"yes")" + target + all) << u"conditional yes"_s;
    QTest::newRow("it allows, which grants and takes nothing")
        << policy(R"("effect":"ALLOW","active":true)" + target + all) << u"yes yes"_s;
    QTest::newRow("an effect nobody knows") << policy(R"("effect":"deny?","active":true)" + target + all) << u"conditional yes"_s;
    QTest::newRow("no subject") << policy(deny) << u"conditional conditional"_s;
    QTest::newRow("a subject of a new kind") << policy(deny + of(R"({"type":"QUEUE","id":"q"})")) << u"conditional conditional"_s;
    QTest::newRow("a group without an id") << policy(deny + of(R"({"type":"GROUP"})")) << u"conditional conditional"_s;
    QTest::newRow("every action") << policy(R"("effect":"DENY","active":true,"targetResource":"routing:queue:*")" + all) << u"no yes"_s;
    QTest::newRow("another action") << policy(R"("effect":"DENY","active":true,"targetResource":"routing:queue:view")" + all)
                                    << u"yes yes"_s;
    QTest::newRow("a target of two parts") << policy(R"("effect":"DENY","active":true,"targetResource":"routing:queue")" + all)
                                           << u"yes caveat yes caveat"_s;
    QTest::newRow("a target with part of a word")
        << policy(R"("effect":"DENY","active":true,"targetResource":"routing:que*:edit")" + all) << u"yes caveat yes caveat"_s;
}

void TestFactsReader::policiesTakeAway()
{
    QFETCH(QByteArray, policy);
    QFETCH(QString, expected);
    FactsReader reader;
    reader.entity(u"users"_s, u"u1"_s, R"({"id":"u1","name":"Kim"})");
    reader.entity(u"groups"_s, u"g1"_s, R"({"id":"g1","name":"Contractors","rolesEnabled":false})");
    reader.entity(u"group_members"_s, u"g1"_s, R"({"id":"g1","members":["u1"]})");
    reader.entity(u"teams"_s, u"t1"_s, R"({"id":"t1","name":"Blue"})");
    reader.entity(u"team_members"_s, u"t1"_s, R"({"id":"t1","members":["u1"]})");
    reader.entity(u"roles"_s, u"r1"_s,
                  R"({"id":"r1","name":"Editor","permissionPolicies":[{"domain":"routing","entityName":"queue","actionSet":["edit"]}]})");
    reader.entity(u"grants"_s, u"u1"_s, R"({"id":"u1","type":"PC_USER","grants":[{"role":"r1","division":"*"}]})");
    reader.entity(u"oauth_clients"_s, u"c1"_s, R"({"id":"c1","name":"Exporter","roleDivisions":[{"roleId":"r1","divisionId":"*"}]})");
    reader.entity(u"access_policies"_s, u"p"_s, {policy.constData(), static_cast<size_t>(policy.size())});
    const Facts facts = reader.take(manifest());
    QCOMPARE(policiesAnswer(facts, true), expected);
    // Whether the organisation enforces policies is nowhere in a snapshot: until somebody says so, nothing is denied for certain.
    QCOMPARE(policiesAnswer(facts, std::nullopt), expected.replace(u"no"_s, u"conditional"_s));
}

QString TestFactsReader::policiesAnswer(Facts facts, std::optional<bool> areEnforced)
{
    facts.arePoliciesEnforced = areEnforced;
    const Resolver resolver(facts);
    QStringList got;
    const auto isAsExpected = [](const Verdict &verdict) {
        using Answer = Verdict::Answer;
        if (verdict.answer == Answer::Yes) {
            return verdict.denied.isEmpty();
        }
        return !verdict.denied.isEmpty() && verdict.denied.first().policyName == u"No edits"
            && anyContains(verdict.notes, u"An access policy"_s)
            && (verdict.answer == Answer::No ? verdict.misses.first().kind == Verdict::Miss::Kind::Denied
                                             : !verdict.denied.first().why.isEmpty());
    };
    for (const Subject &subject : {Subject{u"u1"_s, {}, SubjectKind::User}, Subject{u"c1"_s, {}, SubjectKind::OAuthClient}}) {
        const auto verdict = resolver.can(subject, u"routing:queue:edit"_s);
        if (!verdict || !isAsExpected(*verdict)) {
            return u"not as expected: "_s + subject.id;
        }
        using Answer = Verdict::Answer;
        got.append(verdict->answer == Answer::Yes ? u"yes"_s : verdict->answer == Answer::Conditional ? u"conditional"_s : u"no"_s);
        if (!verdict->caveats.isEmpty()) {
            got.append(u"caveat"_s);
        }
    }
    return got.join(u' ');
}

void TestFactsReader::oddRolesAreNoAnswer_data()
{
    QTest::addColumn<QByteArray>("policies");
    QTest::addColumn<QByteArray>("group");
    QTest::addColumn<QByteArray>("aware");
    QTest::addColumn<QString>("expected"); // in the division of the grant, in another, caveats
    const auto policy
        = [](const QByteArray &members) -> QByteArray { return R"([{"domain":"routing","entityName":"queue")" + members + "}]"; };
    const QByteArray edit = R"(,"actionSet":["edit"])", enabled = R"(,"rolesEnabled":true)", aware = R"(,"divisionAware":true)";
    QTest::newRow("as it should be") << policy(edit) << enabled << aware << u"yes no"_s;
    QTest::newRow("a star that is no list") << policy(R"(,"actionSet":"*")") << enabled << aware << u"not-seen not-seen caveat"_s;
    QTest::newRow("no actions at all") << policy("") << enabled << aware << u"not-seen not-seen caveat"_s;
    QTest::newRow("an empty list of actions") << policy(R"(,"actionSet":[])") << enabled << aware << u"no no"_s;
    QTest::newRow("policies that are no list") << QByteArray(R"({"a":1})") << enabled << aware << u"not-seen not-seen caveat"_s;
    QTest::newRow("named resources that are no list")
        << policy(edit + R"(,"namedResources":{"a":"b"})") << enabled << aware << u"conditional no"_s;
    QTest::newRow("named resources that are a word")
        << policy(edit + R"(,"namedResources":"*")") << enabled << aware << u"conditional no"_s;
    QTest::newRow("every named resource") << policy(edit + R"(,"namedResources":["*"])") << enabled << aware << u"yes no"_s;
    QTest::newRow("the group does not say whether its roles are enabled")
        << policy(edit) << QByteArray() << aware << u"yes not-seen caveat"_s;
    QTest::newRow("the group says it in a word")
        << policy(edit) << QByteArray(R"(,"rolesEnabled":"no")") << aware << u"yes not-seen caveat"_s;
    QTest::newRow("the catalogue does not say whether divisions matter") << policy(edit) << enabled << QByteArray() << u"yes not-seen"_s;
    QTest::newRow("divisions do not matter") << policy(edit) << enabled << QByteArray(R"(,"divisionAware":false)") << u"yes yes"_s;
}

/// What is not of the form it should have is not known; it neither gives nothing nor gives without a condition.
void TestFactsReader::oddRolesAreNoAnswer()
{
    QFETCH(QByteArray, policies);
    QFETCH(QByteArray, group);
    QFETCH(QByteArray, aware);
    QFETCH(QString, expected);
    FactsReader reader;
    const auto add = [&](const QString &domain, const QString &id, const QByteArray &text) {
        reader.entity(domain, id, {text.constData(), static_cast<size_t>(text.size())});
    };
    add(u"users"_s, u"u1"_s, R"({"id":"u1","name":"Kim"})");
    add(u"groups"_s, u"g1"_s, R"({"id":"g1","name":"Contractors")" + group + '}');
    add(u"group_members"_s, u"g1"_s, R"({"id":"g1","members":["u1"]})");
    add(u"roles"_s, u"r1"_s, R"({"id":"r1","name":"Editor","permissionPolicies":)" + policies + '}');
    add(u"grants"_s, u"g1"_s, R"({"id":"g1","type":"PC_GROUP","grants":[{"role":"r1","division":"north"}]})");
    add(u"permissions_catalogue"_s, u"routing"_s, R"({"domain":"routing","permissionMap":{"queue":[{"action":"edit")" + aware + "}]}}");
    const Resolver resolver(reader.take(manifest()));
    QStringList got;
    bool hasCaveat = false;
    for (const QString &division : {u"north"_s, u"south"_s}) {
        const auto verdict = resolver.can({u"u1"_s, {}, SubjectKind::User}, u"routing:queue:edit"_s, division);
        QVERIFY(verdict);
        using Answer = Verdict::Answer;
        got.append(verdict->answer == Answer::Yes               ? u"yes"_s
                       : verdict->answer == Answer::Conditional ? u"conditional"_s
                       : verdict->answer == Answer::No          ? u"no"_s
                                                                : u"not-seen"_s);
        hasCaveat = hasCaveat || !verdict->caveats.isEmpty();
    }
    QCOMPARE(QString(got.join(u' ') + (hasCaveat ? u" caveat"_s : u""_s)), expected);
    QCOMPARE(resolver.caveats().isEmpty(), !hasCaveat);
}

void TestFactsReader::aCatalogueInPartIsSaid_data()
{
    QTest::addColumn<Evidence::Manifest>("ledger");
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<bool>("isShortened");
    QTest::addColumn<bool>("isWhole");
    const QByteArray good = R"({"domain":"d","permissionMap":{"e":[{"action":"a"}]}})";
    Evidence::Manifest carried = manifest(), quarantined = manifest();
    rowOf(carried, u"permissions_catalogue"_s).state = Evidence::LedgerState::Carried;
    rowOf(carried, u"permissions_catalogue"_s).observedIn = u"0123456789abcdef"_s;
    rowOf(quarantined, u"permissions_catalogue"_s).quarantined = {{u"x"_s, u"NaN"_s, {}}};
    QTest::newRow("whole") << manifest() << good << false << true;
    QTest::newRow("not captured") << manifest({u"permissions_catalogue"_s}) << good << false << false;
    QTest::newRow("of an earlier snapshot, which knows nothing of what is new") << carried << good << false << false;
    QTest::newRow("a part in quarantine") << quarantined << good << false << false;
    QTest::newRow("a part that is no JSON") << manifest() << QByteArray("{") << false << false;
    QTest::newRow("an entity that is no list") << manifest() << QByteArray(R"({"domain":"d","permissionMap":{"e":7}})") << false << false;
    QTest::newRow("no map") << manifest() << QByteArray(R"({"domain":"d"})") << false << false;
    QTest::newRow("seen in part by the client") << manifest() << good << true << false;
}

void TestFactsReader::aCatalogueInPartIsSaid()
{
    QFETCH(Evidence::Manifest, ledger);
    QFETCH(QByteArray, text);
    QFETCH(bool, isShortened);
    QFETCH(bool, isWhole);
    FactsReader reader;
    reader.entity(u"permissions_catalogue"_s, u"d"_s, {text.constData(), static_cast<size_t>(text.size())});
    const Facts facts
        = reader.take(ledger, isShortened ? QHash<QString, QString>{{u"permissions_catalogue"_s, u"why"_s}} : QHash<QString, QString>());
    QCOMPARE(facts.isCatalogueWhole, isWhole);
}

void TestFactsReader::policiesNotCapturedAreANote_data()
{
    QTest::addColumn<Evidence::Manifest>("ledger");
    QTest::addColumn<PoliciesSeen>("seen");
    QTest::newRow("captured") << manifest() << PoliciesSeen::Yes;
    QTest::newRow("no row of them") << manifest({u"access_policies"_s}) << PoliciesSeen::NotAsked;
    const auto with = [](Evidence::LedgerState state, const QString &reason, const QString &observedIn) {
        Evidence::Manifest ledger = manifest();
        Evidence::LedgerRow &row = rowOf(ledger, u"access_policies"_s);
        row.state = state;
        row.reason = reason;
        row.observedIn = observedIn;
        return ledger;
    };
    using State = Evidence::LedgerState;
    QTest::newRow("never asked for") << with(State::Carried, u"not-asked"_s, {}) << PoliciesSeen::NotAsked;
    QTest::newRow("not asked for, and known from before") << with(State::Carried, u"not-asked"_s, u"0123456789ab"_s) << PoliciesSeen::Yes;
    QTest::newRow("forbidden") << with(State::Forbidden, {}, {}) << PoliciesSeen::NotRead;
    QTest::newRow("not offered, so there are none") << with(State::NotOffered, {}, {}) << PoliciesSeen::Yes;
}

void TestFactsReader::policiesNotCapturedAreANote()
{
    QFETCH(Evidence::Manifest, ledger);
    QFETCH(PoliciesSeen, seen);
    FactsReader reader;
    const Facts facts = reader.take(ledger);
    QCOMPARE(facts.policiesSeen, seen);
    QVERIFY(seen != PoliciesSeen::NotAsked || facts.caveats.isEmpty());
    QCOMPARE(Resolver(facts).notes().isEmpty(), seen != PoliciesSeen::NotAsked);
}

void TestFactsReader::turnsLedgerIntoCaveats_data()
{
    QTest::addColumn<Evidence::Manifest>("ledger");
    QTest::addColumn<QString>("caveat");
    QTest::newRow("everything complete") << manifest() << QString();
    QTest::newRow("roles were not captured") << manifest({u"roles"_s}) << u"Domain roles is not part of this snapshot"_s;
    QTest::newRow("teams matter only where teams hold grants") << manifest({u"teams"_s, u"team_members"_s}) << QString();
    Evidence::Manifest carriedTeams = manifest();
    for (const QString &domain : {u"teams"_s, u"team_members"_s}) {
        rowOf(carriedTeams, domain).state = Evidence::LedgerState::Carried;
        rowOf(carriedTeams, domain).reason = u"not-asked"_s;
        rowOf(carriedTeams, domain).failedParents = {u"t1"_s};
    }
    QTest::newRow("teams that were not asked for matter as little") << carriedTeams << QString();

    Evidence::Manifest ledger = manifest();
    rowOf(ledger, u"group_members"_s).state = Evidence::LedgerState::Forbidden;
    rowOf(ledger, u"group_members"_s).reason = u"forbidden: groups"_s;
    QTest::newRow("members are forbidden")
        << ledger << u"Domain group_members was not read (forbidden: groups): rights through groups may be missing."_s;

    ledger = manifest();
    rowOf(ledger, u"grants"_s).state = Evidence::LedgerState::Carried;
    rowOf(ledger, u"grants"_s).observedIn = u"0123456789abcdef"_s;
    QTest::newRow("grants are carried") << ledger << u"shown as of snapshot 0123456789"_s;

    ledger = manifest();
    rowOf(ledger, u"groups"_s).state = Evidence::LedgerState::NotOffered;
    QTest::newRow("an organisation without groups has none") << ledger << QString();

    QTest::newRow("policies are not among what was captured") << manifest({u"access_policies"_s}) << QString();
    ledger = manifest();
    rowOf(ledger, u"access_policies"_s).state = Evidence::LedgerState::Forbidden;
    QTest::newRow("policies are forbidden") << ledger
                                            << u"Domain access_policies was not read (forbidden): policies may deny what is listed."_s;
    ledger = manifest();
    rowOf(ledger, u"access_policies"_s).state = Evidence::LedgerState::NotOffered;
    QTest::newRow("policies are not offered, so there are none") << ledger << QString();

    ledger = manifest();
    rowOf(ledger, u"grants"_s).failedParents = {u"u1"_s};
    QTest::newRow("the user's own grants failed") << ledger << u"The grants of “u1” could not be read"_s;

    ledger = manifest();
    rowOf(ledger, u"roles"_s).quarantined = {{u"r9"_s, u"NaN"_s, {}}};
    QTest::newRow("a role is quarantined") << ledger << u"1 entities of domain roles could not be read in this capture"_s;
}

void TestFactsReader::turnsLedgerIntoCaveats()
{
    QFETCH(Evidence::Manifest, ledger);
    QFETCH(QString, caveat);
    FactsReader reader;
    reader.entity(u"users"_s, u"u1"_s, R"({"id":"u1","name":"Kim"})");
    const Resolver resolver(reader.take(ledger));
    const QStringList caveats = resolver.effective({u"u1"_s, {}, SubjectKind::User}).caveats;
    if (caveat.isEmpty()) {
        QCOMPARE(caveats, QStringList());
    } else {
        QVERIFY2(anyContains(caveats, caveat), qPrintable(caveats.join(u'\n')));
    }
}

QTEST_GUILESS_MAIN(TestFactsReader)
#include "tst_factsreader.moc"
