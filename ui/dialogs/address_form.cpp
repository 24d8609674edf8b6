// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/address_form.h"

#include "engine/net/exceptions.h"
#include "ui/support/icons.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>

namespace swb::ui {
namespace {

/// The field shows the address already; its message need not repeat it.
QString shortMessage(const std::exception& exception)
{
    QString text = QString::fromUtf8(exception.what());
    const QString marker = QStringLiteral("': ");
    const qsizetype at = text.indexOf(marker);
    if (text.startsWith(QStringLiteral("address '")) && at > 0)
        text = text.mid(at + marker.size());
    const qsizetype parameter = text.indexOf(QStringLiteral(" (Parameter"));
    return parameter > 0 ? text.left(parameter) : text;
}

} // namespace

AddressForm::AddressForm(Purpose purpose, QWidget* parent)
    : QWidget(parent)
    , m_purpose(purpose)
    , m_transportLabel(new QLabel(tr("&Transport:"), this))
    , m_transport(new QComboBox(this))
    , m_hostLabel(new QLabel(this))
    , m_host(new QLineEdit(this))
    , m_portLabel(new QLabel(tr("&Port:"), this))
    , m_port(new QLineEdit(this))
    , m_allInterfaces(new QCheckBox(tr("&All interfaces: other computers can reach it"), this))
    , m_error(new QLabel(this))
{
    m_transport->setObjectName(QStringLiteral("transport"));
    m_transport->setAccessibleName(tr("Transport"));
    m_transport->addItems({tr("TCP"), tr("UDP"), tr("Unix-domain socket")});
    m_host->setObjectName(QStringLiteral("host"));
    m_host->setMinimumWidth(fontMetrics().averageCharWidth() * 46);
    m_port->setObjectName(QStringLiteral("port"));
    m_port->setAccessibleName(tr("Port"));
    m_allInterfaces->setObjectName(QStringLiteral("allInterfaces"));
    m_allInterfaces->setAccessibleName(tr("All interfaces"));
    m_allInterfaces->setToolTip(tr("Off: only programs on this computer can connect"));
    m_error->setObjectName(QStringLiteral("addressError"));
    m_error->setAccessibleName(tr("What is wrong with the address"));
    m_error->setWordWrap(true);
    m_error->setTextFormat(Qt::PlainText);
    if (purpose == Purpose::Listen) {
        m_port->setText(QStringLiteral("0"));
        m_port->setToolTip(tr("0 picks a free port"));
    } else {
        m_host->setText(QStringLiteral("127.0.0.1"));
        m_host->setToolTip(tr("A name or an address; a whole tcp://host:port can be pasted too"));
    }
    buildRows();

    connect(m_transport, &QComboBox::currentIndexChanged, this, &AddressForm::changeTransport);
    connect(m_host, &QLineEdit::textEdited, this, &AddressForm::takeWholeAddress);
    connect(m_host, &QLineEdit::textChanged, this, [this] {
        m_hostLength = m_host->text().size();
        check();
    });
    connect(m_host, &QLineEdit::editingFinished, this, [this] {
        if (isWhole())
            setText(m_host->text());
    });
    connect(m_port, &QLineEdit::textChanged, this, &AddressForm::check);
    connect(m_allInterfaces, &QCheckBox::toggled, this, &AddressForm::check);
    changeTransport();
}

void AddressForm::buildRows()
{
    auto* form = new QFormLayout(this);
    form->setContentsMargins(0, 0, 0, 0);
    m_transportLabel->setBuddy(m_transport);
    m_hostLabel->setBuddy(m_host);
    m_portLabel->setBuddy(m_port);
    form->addRow(m_transportLabel, m_transport);
    form->addRow(m_hostLabel, m_host);
    form->addRow(m_portLabel, m_port);
    form->addRow(QString(), m_allInterfaces);
    // Two lines are always there, so that the dialog does not jump while one types.
    m_error->setMinimumHeight(fontMetrics().lineSpacing() * 2);
    m_error->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    form->addRow(m_error);
}

void AddressForm::setLabelWidth(int pixels)
{
    for (QLabel* label : {m_transportLabel, m_hostLabel, m_portLabel})
        label->setMinimumWidth(pixels);
}

bool AddressForm::isUnix() const
{
    return m_transport->currentIndex() == 2;
}

QString AddressForm::error() const
{
    return m_error->text();
}

void AddressForm::focusFirst()
{
    if (m_purpose == Purpose::Connect && !isUnix() && !m_host->text().isEmpty()) {
        m_port->setFocus();
        m_port->selectAll();
        return;
    }
    QLineEdit* field = isUnix() || m_purpose == Purpose::Connect ? m_host : m_port;
    field->setFocus();
    field->selectAll();
}

void AddressForm::setText(const QString& text)
{
    try {
        const Address parsed = Address::parse(text.toStdString());
        m_transport->setCurrentIndex(static_cast<int>(parsed.transport));
        const EndPoint& endPoint = parsed.endPoint;
        const bool numeric = endPoint.kind() == EndPoint::Kind::Ip;
        m_host->setText(QString::fromStdString(numeric ? endPoint.address() : endPoint.name()));
        m_port->setText(QString::number(endPoint.port()));
    } catch (const ArgumentException&) {
        return;
    }
}

bool AddressForm::isWhole() const
{
    return m_purpose == Purpose::Connect && m_host->text().contains(QStringLiteral("://"));
}

/// Somebody who has a whole address in the clipboard need not take it apart. What is typed stays
/// where it is until it is finished: "tcp://host:9" is an address, and may go on to be ":9000".
void AddressForm::takeWholeAddress(const QString& text)
{
    const bool pasted = text.size() > m_hostLength + 1;
    m_hostLength = text.size();
    if (pasted && isWhole())
        setText(text);
}

void AddressForm::changeTransport()
{
    const bool listenIp = m_purpose == Purpose::Listen && !isUnix();
    m_hostLabel->setText(isUnix() ? tr("Pat&h:") : tr("&Host:"));
    m_host->setAccessibleName(isUnix() ? tr("Path") : tr("Host"));
    m_host->setPlaceholderText(
        isUnix() ? QStringLiteral("/tmp/app.sock") : QStringLiteral("127.0.0.1"));
    if (isUnix() && !m_host->text().startsWith(u'/'))
        m_host->clear();
    else if (!isUnix() && (m_host->text().isEmpty() || m_host->text().startsWith(u'/')))
        m_host->setText(QStringLiteral("127.0.0.1"));
    m_hostLabel->setVisible(!listenIp);
    m_host->setVisible(!listenIp);
    m_portLabel->setVisible(!isUnix());
    m_port->setVisible(!isUnix());
    m_allInterfaces->setVisible(listenIp);
    check();
}

QString AddressForm::written() const
{
    if (isWhole())
        return m_host->text().trimmed();
    if (isUnix())
        return QStringLiteral("unix://") + m_host->text();
    QString host = m_host->text().trimmed();
    if (m_purpose == Purpose::Listen)
        host = m_allInterfaces->isChecked() ? QStringLiteral("0.0.0.0")
                                            : QStringLiteral("127.0.0.1");
    // A colon can only be an IPv6 address here: the port has a field of its own.
    if (host.contains(u':') && !host.startsWith(u'['))
        host = u'[' + host + u']';
    const QString scheme
        = m_transport->currentIndex() == 1 ? QStringLiteral("udp") : QStringLiteral("tcp");
    return QStringLiteral("%1://%2:%3").arg(scheme, host, m_port->text().trimmed());
}

void AddressForm::check()
{
    m_address.reset();
    QString error;
    try {
        const Address parsed = Address::parse(written().toStdString());
        if (m_purpose == Purpose::Connect && parsed.transport != Transport::UnixStream
            && parsed.endPoint.port() == 0)
            error = tr("port 0 cannot be connected to; expected 1 to 65535");
        else
            m_address = parsed;
    } catch (const ArgumentException& exception) {
        error = shortMessage(exception);
    }
    const QLineEdit* decisive = isUnix() ? m_host : m_port;
    const bool untouched = decisive->text().isEmpty() && !isWhole();
    QPalette colors = palette();
    if (!untouched)
        colors.setColor(QPalette::WindowText, toneColor(Tone::Bad, palette()));
    m_error->setPalette(colors);
    if (error.isEmpty())
        m_error->clear();
    else if (untouched)
        m_error->setText(
            isUnix() ? tr("Type the path of the socket.") : tr("Type the port, 1 to 65535."));
    else
        m_error->setText(tr("Error: %1").arg(error));
    emit changed();
}

} // namespace swb::ui
