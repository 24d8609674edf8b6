// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/dialogs/connect_dialog.h"

#include "ui/dialogs/address_form.h"

#include <QDialogButtonBox>
#include <QPushButton>
#include <QVBoxLayout>

namespace swb::ui {

ConnectDialog::ConnectDialog(const QString& lastAddress, QWidget* parent)
    : QDialog(parent)
    , m_form(new AddressForm(AddressForm::Purpose::Connect, this))
{
    setObjectName(QStringLiteral("connectDialog"));
    setWindowTitle(tr("New connection"));
    setAttribute(Qt::WA_DeleteOnClose);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    m_connect = buttons->addButton(tr("&Connect"), QDialogButtonBox::AcceptRole);
    m_connect->setObjectName(QStringLiteral("connectButton"));
    m_connect->setAccessibleName(tr("Connect"));
    m_connect->setDefault(true);
    buttons->button(QDialogButtonBox::Cancel)->setAccessibleName(tr("Cancel"));
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(m_form);
    layout->addWidget(buttons);
    connect(m_form, &AddressForm::changed, this, &ConnectDialog::update);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(buttons, &QDialogButtonBox::accepted, this, [this] {
        if (const auto address = m_form->address()) {
            emit chosen(*address);
            accept();
        }
    });
    m_form->setText(lastAddress);
    update();
    m_form->focusFirst();
}

void ConnectDialog::update()
{
    m_connect->setEnabled(m_form->address().has_value());
    m_connect->setToolTip(
        m_form->address() ? tr("Connect, and select the new connection (Enter)") : m_form->error());
}

} // namespace swb::ui
