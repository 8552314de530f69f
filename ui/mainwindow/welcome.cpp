#include "mainwindow/welcome.h"

#include <QDir>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace Orgtrace::Ui {

namespace {

QString introduction()
{
    return Welcome::tr(
        "Orgtrace shows what changed in a Genesys Cloud organisation, who did it, from where, how bad it is, and who could have.\n\n"
        "Open a store: a folder in which captures are kept as signed evidence. “orgtracectl init” makes one, "
        "“orgtracectl org add” tells it which organisation to capture.\n\n"
        "Or look at the demo first: a simulated organisation lives through a month with an insider in it, on this machine only, "
        "without a tenant and without a trace afterwards.");
}

} // namespace

Welcome::Welcome(QWidget *parent) :
    QWidget(parent), m_text(new QLabel), m_open(new QPushButton(tr("Open a store …"))), m_demo(new QPushButton(tr("Try the demo")))
{
    auto *title = new QLabel(tr("No store is open"));
    QFont big = font();
    big.setPointSizeF(big.pointSizeF() * 1.6);
    big.setWeight(QFont::DemiBold);
    title->setFont(big);
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setText(introduction());
    m_text->setProperty("muted", true);
    m_open->setProperty("primary", true);
    auto *buttons = new QHBoxLayout;
    buttons->addWidget(m_open);
    buttons->addWidget(m_demo);
    buttons->addStretch(1);
    auto *column = new QVBoxLayout;
    column->setSpacing(14);
    column->addWidget(title);
    column->addWidget(m_text);
    column->addSpacing(4);
    column->addLayout(buttons);
    auto *inner = new QWidget;
    inner->setLayout(column);
    inner->setFixedWidth(560);
    auto *row = new QHBoxLayout;
    row->addStretch(1);
    row->addWidget(inner);
    row->addStretch(1);
    auto *outer = new QVBoxLayout(this);
    outer->addStretch(2);
    outer->addLayout(row);
    outer->addStretch(3);
    connect(m_open, &QPushButton::clicked, this, &Welcome::openRequested);
    connect(m_demo, &QPushButton::clicked, this, &Welcome::demoRequested);
}

void Welcome::setOpening(const QString &folder)
{
    m_text->setText(folder.isEmpty() ? introduction() : tr("Opening %1 …").arg(QDir::toNativeSeparators(folder)));
    m_open->setEnabled(folder.isEmpty());
    m_demo->setEnabled(folder.isEmpty());
}

void Welcome::setDemoOffered(bool offered)
{
    m_demo->setVisible(offered);
}

} // namespace Orgtrace::Ui
