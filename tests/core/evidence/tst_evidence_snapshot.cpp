#include "evidencefixture.h"

using namespace Orgtrace;
using namespace Orgtrace::Evidence;

namespace {
TestEntity user(const QString &id, const QByteArray &name, int version = 1)
{
    return {id, "{\n  \"id\": \"" + id.toUtf8().toHex() + "\",\n  \"name\": \"" + name + "\"\n}\n",
            "{\"id\":\"" + id.toUtf8() + "\",\"version\":" + QByteArray::number(version) + "}"};
}
TestDomain users(int count)
{
    TestDomain out;
    for (int i = 0; i < count; ++i)
        out += user(QStringLiteral("user-%1").arg(i), "name " + QByteArray::number(i));
    return out;
}
const QString Users = QStringLiteral("users");
const QString Roles = QStringLiteral("roles");
} // namespace

class TestSnapshots : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void plainGitReadsWhatWasWritten_data()
    {
        QTest::addColumn<bool>("fanOut");
        QTest::newRow("in one folder") << false;
        QTest::newRow("fanned out") << true;
    }
    void plainGitReadsWhatWasWritten()
    {
        QFETCH(bool, fanOut);
        StoreFixture store;
        VERIFY_RESULT(store.write({{Users, users(300)}, {Roles, {user(QStringLiteral("r"), "Admin")}}}, 0, fanOut));
        TestDomain changed = users(300);
        changed[7] = user(QStringLiteral("user-7"), "renamed", 2);
        VERIFY_RESULT(store.write({{Users, changed}, {Roles, {user(QStringLiteral("r"), "Admin")}}}, 1, fanOut));

        const auto log = store.runGit({QStringLiteral("log"), QStringLiteral("-p")});
        QCOMPARE(log.status, 0);
        QVERIFY(log.out.contains(QStringLiteral("-  \"name\": \"name 7\"\n+  \"name\": \"renamed\"\n")));
        QVERIFY(log.out.contains(QStringLiteral("Author: Orgtrace <writer-1@orgtrace.invalid>")));
        QCOMPARE(store.fsck(), QString());
        const auto verified = store.runGit(
            {QStringLiteral("-c"), QStringLiteral("gpg.ssh.allowedSignersFile=") + store.folder() + QStringLiteral("/allowed_signers"),
             QStringLiteral("verify-commit"), QStringLiteral("HEAD"), QStringLiteral("HEAD~1")});
        QVERIFY2(verified.status == 0, qPrintable(verified.err));
        QVERIFY(verified.err.contains(QStringLiteral("Good \"git\" signature for writer-1@orgtrace.invalid")));
        QCOMPARE(store.runGit({QStringLiteral("count-objects")}).out, QStringLiteral("0 objects, 0 kilobytes\n"));
    }

    void entitiesComeBackAsTheyWere()
    {
        StoreFixture store;
        const QString lone = QStringLiteral("lone") + QChar(char16_t(0xd800));
        const QStringList ids{QString(),
                              QStringLiteral("_"),
                              QStringLiteral("../../etc/passwd"),
                              QStringLiteral(".git"),
                              QStringLiteral(".GIT"),
                              QStringLiteral("git~1"),
                              QStringLiteral("Case"),
                              QStringLiteral("case"),
                              QString(5000, u'x'),
                              QString(5000, u'/'),
                              QStringLiteral("Zoë 漢 \U0001F600"),
                              lone,
                              QStringLiteral("a\nb"),
                              QString(QChar(char16_t(0))),
                              QStringLiteral("a"),
                              QStringLiteral("a-b"),
                              QStringLiteral("a.b"),
                              QStringLiteral("ab"),
                              QStringLiteral("CON"),
                              QStringLiteral("%41")};
        for (const bool fanOut : {false, true}) {
            TestDomain hostile;
            for (const QString &id : ids)
                hostile += {id, "text of " + QByteArray::number(id.size()) + id.left(20).toUtf8() + "\n", {}};
            const QString domain = fanOut ? QStringLiteral("fanned") : QStringLiteral("plain");
            const auto written = store.write({{domain, hostile}}, fanOut ? 1 : 0, fanOut);
            VERIFY_RESULT(written);
            QCOMPARE(store.fsck(), QString());
            const auto opened = Store::open(store.folder());
            VERIFY_RESULT(opened);
            const auto snapshot = opened->snapshot(written->id);
            VERIFY_RESULT(snapshot);
            auto sorted = ids;
            sorted.sort();
            const auto found = snapshot->entityIds(domain);
            VERIFY_RESULT(found);
            QCOMPARE(*found, sorted);
            for (const TestEntity &entity : hostile) {
                const auto text = snapshot->entityText(domain, entity.id);
                VERIFY_RESULT(text);
                QCOMPARE(*text, entity.text);
            }
            QStringList visited;
            VERIFY_RESULT(snapshot->forEachEntity(domain, [&](const QString &id, std::string_view) {
                visited += id;
                return visited.size() < 3;
            }));
            QCOMPARE(visited, sorted.first(3));
            const auto missing = snapshot->entityText(domain, QStringLiteral("nobody"));
            QCOMPARE(missing.error().code, ErrorCode::NotFound);
            const auto verified = opened->verify();
            VERIFY_RESULT(verified);
            QVERIFY2(verified->problems.isEmpty(), qPrintable(verified->problems.value(0).what));
        }
    }

    void unchangedEntitiesAreNotWritten()
    {
        StoreFixture store;
        const QDir packs(store.git() + QStringLiteral("/objects/pack"));
        VERIFY_RESULT(store.write({{Users, users(2000)}}, 0, true));
        const qint64 first = packs.entryInfoList({QStringLiteral("*.pack")}, QDir::Files, QDir::Size).first().size();
        VERIFY_RESULT(store.write({{Users, users(2000)}}, 1, true));
        const QFileInfoList files = packs.entryInfoList({QStringLiteral("*.pack")}, QDir::Files, QDir::Size);
        QCOMPARE(files.size(), 2);
        QVERIFY(files.last().size() < 3000);
        QVERIFY(first > 20 * files.last().size());
        const auto opened = Store::open(store.folder());
        const auto all = opened->snapshots();
        const auto a = opened->snapshot(all->at(0).id), b = opened->snapshot(all->at(1).id);
        QCOMPARE(opened->difference(*a, *b)->size(), 0);
        QVERIFY(opened->signalDifference(*a, *b)->isEmpty());
    }

    void differenceNamesWhatDiffers_data()
    {
        QTest::addColumn<bool>("fanOut");
        QTest::newRow("in one folder") << false;
        QTest::newRow("fanned out") << true;
    }
    void differenceNamesWhatDiffers()
    {
        QFETCH(bool, fanOut);
        StoreFixture store;
        const QString longId(300, u'L');
        TestDomain before = users(500), after = users(500);
        before += user(longId, "long");
        after[3] = user(QStringLiteral("user-3"), "other", 2); // text and signal
        after[4].signal = "{\"id\":\"user-4\",\"version\":9}"; // saved without effect
        after.removeAt(10);
        after += user(QStringLiteral("user-new"), "new");
        after += user(longId, "longer");
        VERIFY_RESULT(store.write({{Users, before}, {Roles, {user(QStringLiteral("r"), "x")}}}, 0, fanOut));
        VERIFY_RESULT(store.write({{Users, after}, {Roles, {user(QStringLiteral("r"), "y")}}}, 1, fanOut));
        const auto opened = Store::open(store.folder());
        const auto all = opened->snapshots();
        const auto a = opened->snapshot(all->at(0).id), b = opened->snapshot(all->at(1).id);
        const auto deltas = opened->difference(*a, *b);
        VERIFY_RESULT(deltas);
        QStringList told;
        for (const EntityDelta &delta : *deltas) {
            told += delta.domain + u' ' + delta.id.left(10) + u' ' + QString::number(static_cast<int>(delta.kind));
            if (!delta.newBlob.isEmpty())
                QCOMPARE(opened->blob(delta.newBlob).value(), b->entityText(delta.domain, delta.id).value());
            if (!delta.oldBlob.isEmpty())
                QCOMPARE(opened->blob(delta.oldBlob).value(), a->entityText(delta.domain, delta.id).value());
        }
        QCOMPARE(told,
                 QStringList({QStringLiteral("roles r 2"), QStringLiteral("users LLLLLLLLLL 2"), QStringLiteral("users user-10 1"),
                              QStringLiteral("users user-3 2"), QStringLiteral("users user-new 0")}));
        QCOMPARE(opened->difference(*a, *b, {Roles})->size(), 1);
        const auto saved = opened->signalDifference(*a, *b);
        VERIFY_RESULT(saved);
        QCOMPARE(saved->value(Users),
                 QStringList({QStringLiteral("user-10"), QStringLiteral("user-3"), QStringLiteral("user-4"), QStringLiteral("user-new")}));
        QCOMPARE(b->signals_(Users)->value(QStringLiteral("user-4")), QByteArray("{\"id\":\"user-4\",\"version\":9}"));
        QCOMPARE(b->catalogueJson(), QByteArray("[]\n"));
    }

    void domainsThatWereNotSeenAreCarried()
    {
        StoreFixture store;
        const auto first = store.write({{Users, users(5)}, {Roles, {user(QStringLiteral("r"), "x")}}, {QStringLiteral("skills"), {}}}, 0);
        VERIFY_RESULT(first);
        auto writer = SnapshotWriter::begin(store.folder(), QStringLiteral("org-1"));
        VERIFY_RESULT(writer);
        QCOMPARE(writer->parent()->id, first->id);
        QCOMPARE(writer->parentRow(Users)->entities, 5);
        QVERIFY(!writer->parentRow(QStringLiteral("none")));
        // Half of the users were read, with a secret nobody should find, when the server failed.
        VERIFY_RESULT(writer->beginDomain(Users, false));
        for (int i = 0; i < 3; ++i)
            VERIFY_RESULT(addTestEntity(*writer, user(QStringLiteral("user-%1").arg(i), "half read")));
        LedgerRow row = testRow(Users, LedgerState::Carried);
        row.reason = QStringLiteral("server-failed");
        VERIFY_RESULT(writer->carryDomain(row));
        VERIFY_RESULT(writer->carryDomain(testRow(QStringLiteral("trunks"), LedgerState::Forbidden)));
        const auto second = writer->commit(testManifest(testTime(1)), "[]\n", QStringLiteral("second"), store.signer());
        VERIFY_RESULT(second);

        const auto opened = Store::open(store.folder());
        const auto snapshot = opened->snapshot(second->id);
        VERIFY_RESULT(snapshot);
        const Manifest &manifest = snapshot->manifest();
        QCOMPARE(manifest.row(Users)->observedIn, first->id);
        QCOMPARE(manifest.row(Users)->reason, QStringLiteral("server-failed"));
        QCOMPARE(manifest.row(Users)->entities, 5);
        QCOMPARE(manifest.row(Roles)->observedIn, first->id); // nobody mentioned it
        QCOMPARE(manifest.row(Roles)->reason, QStringLiteral("not-asked"));
        QCOMPARE(manifest.row(QStringLiteral("trunks"))->observedIn, QString());
        QCOMPARE(second->domainsComplete, 0);
        QCOMPARE(second->domainsTotal, 4);
        QCOMPARE(second->entities, 6);
        const auto a = opened->snapshot(first->id);
        QCOMPARE(opened->difference(*a, *snapshot)->size(), 0);
        // Nothing of the half-read domain is anywhere in git.
        QCOMPARE(store.fsck(), QString());
        // A third snapshot carries from where it was seen, not from where it was carried.
        const auto third = store.write({{Roles, {user(QStringLiteral("r"), "x")}}}, 2);
        VERIFY_RESULT(third);
        QCOMPARE(opened->snapshot(third->id)->manifest().row(Users)->observedIn, first->id);
        const auto verified = opened->verify();
        VERIFY_RESULT(verified);
        QVERIFY2(verified->problems.isEmpty(), qPrintable(verified->problems.value(0).what));
        QCOMPARE(verified->commits, 3);
        QCOMPARE(verified->signatures, 3);
    }

    void singleEntitiesAreCarried_data()
    {
        QTest::addColumn<bool>("fanOut");
        QTest::newRow("in one folder") << false;
        QTest::newRow("fanned out") << true;
    }
    void singleEntitiesAreCarried()
    {
        QFETCH(bool, fanOut);
        StoreFixture store;
        VERIFY_RESULT(store.write({{Users, users(5)}}, 0, fanOut));
        auto writer = SnapshotWriter::begin(store.folder(), QStringLiteral("org-1"));
        VERIFY_RESULT(writer);
        VERIFY_RESULT(writer->beginDomain(Users, !fanOut)); // the domain's fan-out is fixed already
        VERIFY_RESULT(addTestEntity(*writer, user(QStringLiteral("user-1"), "changed")));
        VERIFY_RESULT(writer->carryEntity(QStringLiteral("user-2")));
        VERIFY_RESULT(writer->carryEntity(QStringLiteral("never seen")));
        const auto twice = addTestEntity(*writer, user(QStringLiteral("user-2"), "again"));
        QCOMPARE(twice.error().code, ErrorCode::BadInput);
        LedgerRow row = testRow(Users);
        row.quarantined = {{QStringLiteral("user-2"), QStringLiteral("NaN"), QStringLiteral("aa")}};
        VERIFY_RESULT(writer->endDomain(row));
        const auto written = writer->commit(testManifest(testTime(1)), "[]\n", {}, store.signer());
        VERIFY_RESULT(written);
        const auto opened = Store::open(store.folder());
        const auto snapshot = opened->snapshot(written->id);
        QCOMPARE(snapshot->entityIds(Users).value(), QStringList({QStringLiteral("user-1"), QStringLiteral("user-2")}));
        QVERIFY(snapshot->entityText(Users, QStringLiteral("user-2"))->contains("name 2"));
        QVERIFY(snapshot->signals_(Users)->value(QStringLiteral("user-2")).contains("user-2"));
        QCOMPARE(snapshot->manifest().row(Users)->quarantined.size(), 1);
        QVERIFY(opened->verify()->problems.isEmpty());
        const QString tree
            = store.runGit({QStringLiteral("ls-tree"), QStringLiteral("-r"), QStringLiteral("--name-only"), QStringLiteral("HEAD")}).out;
        QCOMPARE(tree.contains(QStringLiteral("domains/users/user-1.json")), !fanOut);
        QCOMPARE(tree.contains(QStringLiteral("signals/users/all.ndjson")), !fanOut);
    }

    void misuseIsRefused()
    {
        StoreFixture store;
        auto writer = SnapshotWriter::begin(store.folder(), QStringLiteral("org-1"));
        VERIFY_RESULT(writer);
        QCOMPARE(writer->beginDomain(QString(), false).error().code, ErrorCode::BadInput);
        QCOMPARE(writer->beginDomain(QString(200, u'd'), false).error().code, ErrorCode::BadInput);
        QCOMPARE(addTestEntity(*writer, user(QStringLiteral("u"), "x")).error().code, ErrorCode::BadInput);
        QCOMPARE(writer->endDomain(testRow(Users)).error().code, ErrorCode::BadInput);
        VERIFY_RESULT(writer->beginDomain(Users, false));
        QCOMPARE(writer->addEntity(QStringLiteral("u"), "x", "short", "short", {}).error().code, ErrorCode::BadInput);
        QCOMPARE(writer->endDomain(testRow(Roles)).error().code, ErrorCode::BadInput);
        QCOMPARE(writer->commit(testManifest(), "[]", {}, store.signer()).error().code, ErrorCode::BadInput); // a domain is open
        VERIFY_RESULT(writer->endDomain(testRow(Users)));
        QCOMPARE(writer->beginDomain(Users, false).error().code, ErrorCode::BadInput);
        QCOMPARE(writer->carryDomain(testRow(Users, LedgerState::Carried)).error().code, ErrorCode::BadInput);
        QCOMPARE(writer->carryDomain(testRow(Roles, LedgerState::Complete)).error().code, ErrorCode::BadInput);
        Manifest wrong = testManifest();
        wrong.organisationId = QStringLiteral("org-2");
        QCOMPARE(writer->commit(wrong, "[]", {}, store.signer()).error().code, ErrorCode::BadInput);
        QCOMPARE(SnapshotWriter::begin(store.folder(), QString()).error().code, ErrorCode::BadInput);
    }

    void timelineIsTheUnionOfWriters()
    {
        StoreFixture store;
        const auto one = store.write({{Users, users(1)}}, 0);
        const auto two = store.write({{Users, users(2)}}, 5);
        auto import = SnapshotWriter::begin(store.folder(), QStringLiteral("org-1"), QStringLiteral("import"));
        VERIFY_RESULT(import);
        QVERIFY(!import->parent());
        const auto imported = import->commit(testManifest(testTime(3)), "[]\n", QStringLiteral("an import"), store.signer());
        VERIFY_RESULT(imported);
        const auto other = store.write({{Users, users(1)}}, 1, false, QStringLiteral("org/../2"));
        VERIFY_RESULT(other);
        const auto opened = Store::open(store.folder());
        const auto all = opened->snapshots(QStringLiteral("org-1"));
        VERIFY_RESULT(all);
        QCOMPARE(all->size(), 3);
        QCOMPARE(all->at(0).id, one->id);
        QCOMPARE(all->at(1).id, imported->id);
        QCOMPARE(all->at(1).writerId, QStringLiteral("writer-1-import"));
        QCOMPARE(all->at(2).id, two->id);
        QCOMPARE(all->at(2).parent, one->id);
        QCOMPARE(all->at(2).message, QStringLiteral("Snapshot 5"));
        QCOMPARE(all->at(2).organisationName, QStringLiteral("Acme"));
        QCOMPARE(all->at(2).observedUtc, testTime(5));
        QCOMPARE(all->at(2).entities, 2);
        QCOMPARE(opened->snapshots()->size(), 4);
        QCOMPARE(opened->snapshots(QStringLiteral("org/../2"))->value(0).organisationId, QStringLiteral("org/../2"));
        QCOMPARE(opened->snapshots(QStringLiteral("nobody"))->size(), 0);
        // A handle that is open sees what is written later.
        VERIFY_RESULT(store.write({{Users, users(3)}}, 9));
        QCOMPARE(opened->snapshots(QStringLiteral("org-1"))->size(), 4);
        QCOMPARE(opened->snapshot(opened->snapshots(QStringLiteral("org-1"))->last().id)->entityIds(Users)->size(), 3);
        QCOMPARE(store.fsck(), QString());
    }

    void aClockThatWasSetBackOrdersNothing()
    {
        // Two captures of one writer, the second by a clock four hours behind; another writer captures in between and after.
        StoreFixture store;
        const auto first = store.write({{Users, users(1)}}, 4);
        const auto second = store.write({{Users, users(2)}}, 0);
        const auto add = [&](const QString &writer, int hours, const QString &source) {
            auto other = SnapshotWriter::begin(store.folder(), QStringLiteral("org-1"), writer);
            Manifest manifest = testManifest(testTime(hours));
            manifest.source = source;
            return other ? other->commit(manifest, "[]\n", QStringLiteral("other"), store.signer()) : std::unexpected(other.error());
        };
        const QString capture = QStringLiteral("capture"), import = QStringLiteral("import");
        const auto before = add(QStringLiteral("b"), 3, capture), after = add(QStringLiteral("b"), 5, capture);
        // Imports are of the time they are said to be of, in whatever order they come.
        const auto late = add(import, 6, import), early = add(import, 2, import);
        VERIFY_RESULT(early);
        QStringList ids;
        for (const QList<SnapshotSummary> all = *Store::open(store.folder())->snapshots(QStringLiteral("org-1")); const auto &one : all)
            ids.append(one.id);
        QCOMPARE(ids, (QStringList{early->id, before->id, first->id, second->id, after->id, late->id}));
        QCOMPARE(Store::open(store.folder())->resolve(QStringLiteral("latest~2"))->id, second->id);
    }

    void resolve_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<int>("index"); // of the timeline; negative: an ErrorCode
        const auto error = [](ErrorCode code) { return -1 - static_cast<int>(code); };
        QTest::newRow("latest is the last") << "latest" << 2;
        QTest::newRow("latest~0 as well") << "latest~0" << 2;
        QTest::newRow("latest~2 is two back") << "latest~2" << 0;
        QTest::newRow("further back there is none") << "latest~3" << error(ErrorCode::NotFound);
        QTest::newRow("latest~ needs a number") << "latest~x" << error(ErrorCode::BadInput);
        QTest::newRow("latest~-1 is none") << "latest~-1" << error(ErrorCode::BadInput);
        QTest::newRow("a whole id") << "@1" << 1;
        QTest::newRow("a prefix in capitals") << "@1P" << 1;
        QTest::newRow("a time is the last at or before it") << "2026-10-01T07:00:00Z" << 1;
        QTest::newRow("just before it is the one before") << "2026-10-01T06:59:59Z" << 0;
        QTest::newRow("a day is its midnight") << "2026-10-02" << 2;
        QTest::newRow("before the first there is none") << "2026-09-30" << error(ErrorCode::NotFound);
        QTest::newRow("an unknown id") << "ffffffffffff" << error(ErrorCode::NotFound);
        QTest::newRow("three digits are too few") << "abc" << error(ErrorCode::BadInput);
        QTest::newRow("nothing is nothing") << "" << error(ErrorCode::BadInput);
        QTest::newRow("a time without a zone") << "2026-10-01T07:00:00" << error(ErrorCode::BadInput);
    }
    void resolve()
    {
        QFETCH(QString, text);
        QFETCH(int, index);
        static StoreFixture store;
        static const bool written = [] {
            for (int hour = 0; hour < 3; ++hour)
                (void)store.write({{Users, users(1)}}, hour);
            return true;
        }();
        QVERIFY(written);
        const auto opened = Store::open(store.folder());
        const auto all = opened->snapshots();
        QCOMPARE(all->size(), 3);
        if (text == u"@1")
            text = all->at(1).id;
        else if (text == u"@1P")
            text = all->at(1).id.left(12).toUpper();
        const auto found = opened->resolve(text, QStringLiteral("org-1"));
        if (index < 0) {
            QVERIFY(!found);
            QCOMPARE(errorCodeName(found.error().code), errorCodeName(static_cast<ErrorCode>(-1 - index)));
        } else {
            VERIFY_RESULT(found);
            QCOMPARE(found->id, all->at(index).id);
        }
    }

    void manyPacksAreFolded()
    {
        StoreFixture store;
        TestDomain domain = users(50);
        VERIFY_RESULT(store.write({{Users, domain}}, 0));
        for (int i = 1; i <= 60; ++i) {
            domain[i % 50] = user(QStringLiteral("user-%1").arg(i % 50), "changed " + QByteArray::number(i));
            VERIFY_RESULT(store.write({{Users, domain}}, i));
        }
        const auto packs = QDir(store.git() + QStringLiteral("/objects/pack")).entryList({QStringLiteral("*.pack")});
        QVERIFY2(packs.size() <= 50, qPrintable(QString::number(packs.size())));
        QCOMPARE(store.fsck(), QString());
        const auto opened = Store::open(store.folder());
        QCOMPARE(opened->snapshots()->size(), 61);
        const auto verified = opened->verify();
        VERIFY_RESULT(verified);
        QVERIFY2(verified->problems.isEmpty(), qPrintable(verified->problems.value(0).what));
        QCOMPARE(verified->commits, 61);
        QVERIFY(QDir(store.folder() + QStringLiteral("/state")).isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestSnapshots)
#include "tst_evidence_snapshot.moc"
